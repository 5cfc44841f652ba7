/**
 * NVIDIA's `nvluks-srv-app` and the trusted application behind it, as a program of one board: after the public source
 * (nv-optee, optee/samples/luks-srv, host/luks-srv-ca.c and ta/luks_srv_ta.c). It derives with other primitives than the
 * chip, and keeps the contract: what is printed, where, with which exit code, and that `-n` lasts until the next boot.
 */
import { createHmac } from 'node:crypto';
import type { Ran, Run } from '../exec.ts';

export interface FakeBoard {
  run: Run;
  reboot(): void;
}

/** @param rest other programs @param lacks the board was flashed without a disk-encryption key in its EKB */
export function fakeBoard(
  ecid: string,
  rest: Run,
  { lacksKey = false }: { lacksKey?: boolean } = {},
): FakeBoard {
  let isUp = true;
  const answer = (stdout: string, code = 0): Ran => ({ code, stdout, stderr: '' });
  // printf and an end with 0: the program's own way to fail once it has a session.
  const failed = (code: string): Ran => answer(`TEEC_InvokeCommand failed ${code} origin 0x4\n`);
  return {
    reboot: () => {
      isUp = true;
    },
    run: async (program, args, options) => {
      if (program !== 'nvluks-srv-app') return rest(program, args, options);
      const context = args[args.indexOf('-c') + 1] ?? '';
      if (args.includes('-n')) {
        if (!isUp) return failed('0xffff0001'); // TEE_ERROR_ACCESS_DENIED
        isUp = false;
        return answer('');
      }
      if (!args.includes('-c') || context.length > 40)
        return {
          code: 64,
          stdout: '',
          stderr: 'Usage: nvluks-srv-app [OPTION...] -c <context string> -u | -n\n',
        };
      if (!args.includes('-u') && !args.includes('-g')) return answer('nvluks-srv: unknown option!\n');
      if (!isUp) return failed('0xffff0001');
      if (lacksKey) return failed('0xffff0008'); // TEE_ERROR_ITEM_NOT_FOUND
      const root = args.includes('-u') ? ecid : 'generic';
      return answer(`${createHmac('sha256', root).update(context).digest('hex').slice(0, 32)}\n`);
    },
  };
}
