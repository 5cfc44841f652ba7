/** Runs a program on the project's Node: signals go through, the exit code comes back. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @returns the exit code; 128 + n for signal n, as shells count */
export function runOnNode(node, args, { env = process.env, cwd, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio, env, cwd });
    const stopForwarding = forwardSignals(child);
    child.on('error', (error) => {
      stopForwarding();
      reject(error);
    });
    child.on('close', (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function forwardSignals(child) {
  const forward = (signal) => {
    // A terminal's Ctrl-C reaches the whole foreground group by itself; twice would mean "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
