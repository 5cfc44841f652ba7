/** The disk: a loader's partition, two places for a system, and the data, under the names that NVIDIA gives them. */

const MiB = 1024 * 1024;

export const partitions = {
  esp: { name: 'esp', startMiB: 1, sizeMiB: 128 },
  a: { name: 'APP', startMiB: 129, sizeMiB: 640, uuid: '6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b700a' },
  b: { name: 'APP_b', startMiB: 769, sizeMiB: 640, uuid: '6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b700b' },
  data: { name: 'UDA', startMiB: 1409, sizeMiB: 768 },
} as const;

/** A root's own files; what is left of its partition holds the hashes over them (under one per cent). */
export const rootMiB = 632;

export const diskMiB = partitions.data.startMiB + partitions.data.sizeMiB + 2;

/** What partition tables call a place for Linux data that nobody mounts by guessing. */
const dataType = 'CA7D7CCB-63ED-4C53-861C-1742536059CC';

/** For `sfdisk`. */
export const partitionTable = `label: gpt
label-id: 6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b7000
unit: sectors
first-lba: 2048
${[
  `start=${sectors(partitions.esp.startMiB)}, size=${sectors(partitions.esp.sizeMiB)}, type=U, uuid=6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b7001, name="esp"`,
  `start=${sectors(partitions.a.startMiB)}, size=${sectors(partitions.a.sizeMiB)}, type=L, uuid=${partitions.a.uuid}, name="APP"`,
  `start=${sectors(partitions.b.startMiB)}, size=${sectors(partitions.b.sizeMiB)}, type=L, uuid=${partitions.b.uuid}, name="APP_b"`,
  `start=${sectors(partitions.data.startMiB)}, size=${sectors(partitions.data.sizeMiB)}, type=${dataType}, uuid=6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b7002, name="UDA"`,
].join('\n')}
`;

function sectors(mebibytes: number): number {
  return (mebibytes * MiB) / 512;
}
