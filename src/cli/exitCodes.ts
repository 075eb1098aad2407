/** What the exit code of a command says. Scripts decide by it: never renumbered. */
export const EXIT_CODES = {
  /** Done, and the answer is yes. */
  ok: 0,
  /** Done, and the answer is no: a plan that cannot be approved, a proof or a campaign that fails, packets lost. */
  no: 1,
  /** What was handed in is wrong: arguments, files, objects. */
  badInput: 2,
  /** A device, a file or the cluster cannot be reached or used, or something unexpected happened. */
  unreachable: 3,
  /** Stopped by the user, as shells count it: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** For `--help`. */
export const EXIT_CODE_HELP = `Exit codes:
  0    done; the answer is yes
  1    done; the answer is no (a plan that cannot be approved, a proof or a campaign that fails, packets lost)
  2    wrong arguments, files or objects
  3    a device, a file or the cluster cannot be reached or used, or something unexpected happened
  130  stopped by Ctrl-C
Set HITLESS_DEBUG=1 to see where an error comes from.`;
