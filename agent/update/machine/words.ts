/** What is told of an update: one word for each phase, and a last one for how it ended. */
import type { ReleaseKind, ReleasePath } from '@rockpool/protocol/update/release';
import type {
  UpdateOutcome,
  UpdatePhase,
  UpdateReason,
  UpdateStatus,
} from '@rockpool/protocol/update/status';
import type { Transaction } from './journal.ts';
import { oneSentence } from './reasons.ts';

export interface Ending {
  outcome: UpdateOutcome;
  reason?: UpdateReason | undefined;
  says?: string | undefined;
}

type More = { [K in keyof Ending | 'permille']?: (Ending & { permille?: number })[K] | undefined };

type About = Pick<Transaction, 'id' | 'kind' | 'from'> & {
  order: Pick<Transaction['order'], 'rollout' | 'release'>;
};

export function word(txn: About, phase: UpdatePhase, at: number, more: More = {}): UpdateStatus {
  const { permille, outcome, reason, says } = more;
  return {
    txn: txn.id,
    rollout: txn.order.rollout,
    release: txn.order.release,
    kind: txn.kind,
    from: txn.from,
    phase,
    ...(permille === undefined ? {} : { permille }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === undefined ? {} : { reason }),
    ...(says === undefined ? {} : { says: oneSentence(says) }),
    at,
  };
}

/** Until a manifest was read nobody knows; its role holds most often this. */
export function likelyKind(path: ReleasePath): ReleaseKind {
  if (path.startsWith('models/')) return 'model';
  return path.startsWith('agent/') ? 'agent' : 'patch';
}
