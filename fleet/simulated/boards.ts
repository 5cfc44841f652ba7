/** What simulated devices are made of: boards as NVIDIA sells them, with the rails and zones that theirs have. */

export interface Board {
  /** As the device tree names it. */
  name: string;
  cores: number;
  totalMiB: number;
  /** Its share of what the board draws, by rail; the first one is the sum where there is one. */
  rails: readonly (readonly [rail: string, share: number])[];
  idleMilliW: number;
  fullMilliW: number;
  nvpmodel: string;
  model: string;
  modelMiB: number;
  milliTokensPerS: number;
}

const smallRails = [
  ['VDD_IN', 1],
  ['VDD_CPU_GPU_CV', 0.46],
  ['VDD_SOC', 0.24],
] as const;

export const boards: readonly Board[] = [
  {
    ...{ name: 'NVIDIA Jetson Orin Nano Developer Kit', cores: 6, totalMiB: 7_620, rails: smallRails },
    ...{ idleMilliW: 5_100, fullMilliW: 21_500, nvpmodel: 'MAXN_SUPER' },
    ...{ model: 'qwen3-4b-q4', modelMiB: 3_400, milliTokensPerS: 21_400 },
  },
  {
    ...{ name: 'NVIDIA Jetson Orin NX 16GB', cores: 8, totalMiB: 15_656, rails: smallRails },
    ...{ idleMilliW: 6_200, fullMilliW: 26_000, nvpmodel: '25W' },
    ...{ model: 'qwen3-8b-q4', modelMiB: 6_300, milliTokensPerS: 17_800 },
  },
  {
    ...{ name: 'NVIDIA Jetson AGX Orin Developer Kit', cores: 12, totalMiB: 62_841 },
    rails: [
      ['VDD_GPU_SOC', 0.42],
      ['VDD_CPU_CV', 0.2],
      ['VIN_SYS_5V0', 0.38],
    ],
    ...{ idleMilliW: 11_000, fullMilliW: 52_000, nvpmodel: 'MODE_50W' },
    ...{ model: 'qwen3-14b-q4', modelMiB: 11_200, milliTokensPerS: 24_600 },
  },
];
