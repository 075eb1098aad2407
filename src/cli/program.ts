/** The tree of commands. Each is a file in `commands/`; what all have in common is here. */
import { Command, CommanderError, Help, type Option } from "commander";
import { tellError } from "./cliError.ts";
import { abandonCommand } from "./commands/abandon.ts";
import { approveCommand } from "./commands/approve.ts";
import { controllerCommand } from "./commands/controller.ts";
import { demoCommand } from "./commands/demo.ts";
import { describeCommand } from "./commands/describe.ts";
import { diffCommand } from "./commands/diff.ts";
import { fabricCommand } from "./commands/fabric.ts";
import { holdCommand } from "./commands/hold.ts";
import { logsCommand } from "./commands/logs.ts";
import { planCommand } from "./commands/plan.ts";
import { rehearseCommand } from "./commands/rehearse.ts";
import { releaseCommand } from "./commands/release.ts";
import { simulatorCommand } from "./commands/simulator.ts";
import { testRunCommand } from "./commands/testRun.ts";
import { verifyCommand } from "./commands/verify.ts";
import { watchCommand } from "./commands/watch.ts";
import type { CommandContext, Invocation } from "./commandContext.ts";
import { CLUSTER_CHOICE } from "./cluster/clusterOptions.ts";
import type { ExitCode } from "./exitCodes.ts";
import { EXIT_CODE_HELP, EXIT_CODES } from "./exitCodes.ts";
import { writeLine, type Terminal } from "./terminal.ts";

export type RunOptions = Partial<Pick<CommandContext, "invocation" | "environment">> & {
  /** Shows where an error comes from. */
  readonly debug?: boolean;
};

// Within 80 columns: help is not broken into other lines where the output is no terminal.
const DESCRIPTION = `Upgrades the software of a data-centre fabric without its users noticing.

With -f objects are read from YAML files as kubectl apply would take them: a
Fabric, DeviceImages, an UpgradeCampaign, and a Secret and a ConfigMap with
login and host keys. A CAMPAIGN is one in a cluster.

${CLUSTER_CHOICE}`;

const EXAMPLES: Readonly<Record<Invocation, string>> = {
  hitless: `
Examples:
  hitless demo                                  a whole campaign on a simulated fabric, in about a minute
  hitless plan -f examples/quickstart           the plan, from files alone
  hitless plan -f examples/quickstart --live    the plan, with what the devices say
  hitless test-run -f examples/quickstart       the devices looked at as the upgrade would; changes nothing
  hitless rehearse -f examples/quickstart       the campaign on a simulated twin of the fabric
  hitless fabric import ansible hosts.ini       a Fabric from where you keep your topology
  kubectl hitless --help                        the same commands on campaigns in a cluster

${EXIT_CODE_HELP}`,
  "kubectl hitless": `
Examples:
  kubectl hitless plan dc1-24q4                 the plan that waits for a yes, and how to give it
  kubectl hitless approve dc1-24q4              shows the plan and asks
  kubectl hitless watch dc1-24q4                until the campaign has ended
  kubectl hitless describe leaf3                one device: its steps, why, and the way back by hand
  kubectl hitless hold dc1-24q4                 stops it at the next safe place, whatever Git says
  kubectl hitless release dc1-24q4

${EXIT_CODE_HELP}`,
};

/** Builds the program. */
export function createProgram(context: CommandContext): Command {
  const { terminal, invocation } = context;
  const program = new Command(invocation)
    .description(DESCRIPTION)
    .addHelpText("after", EXAMPLES[invocation])
    .helpCommand(false);
  const commands = [
    planCommand,
    approveCommand,
    watchCommand,
    holdCommand,
    releaseCommand,
    describeCommand,
    logsCommand,
    diffCommand,
    verifyCommand,
    abandonCommand,
    fabricCommand,
    testRunCommand,
    rehearseCommand,
    simulatorCommand,
    demoCommand,
    controllerCommand,
  ];
  for (const make of commands) program.addCommand(make(context));
  for (const command of withDescendants(program)) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .showHelpAfterError(`(examples: ${pathOf(command)} --help)`)
      .configureHelp({ optionDescription })
      .configureOutput({
        writeOut: (text) => terminal.stdout.write(text),
        writeErr: (text) => terminal.stderr.write(text),
        outputError: (text, write) => write(text.replace(/^error: /, "hitless: ")),
      });
  }
  return program;
}

/** Whether a switch is off by default nobody needs to be told. */
function optionDescription(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option);
}

/** How a command is called: `hitless fabric graph`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** A command, those below it, and so on. */
function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** Runs a command line (without `node` and the script) and returns the exit code. Never throws. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  { debug = false, invocation = "hitless", environment = {} }: RunOptions = {},
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const program = createProgram({
    terminal,
    invocation,
    environment,
    end: (code) => {
      exitCode = code;
    },
  });
  try {
    if (args.length === 0) {
      terminal.stderr.write(program.helpInformation());
      return EXIT_CODES.badInput;
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.badInput;
    if (terminal.signal.aborted) {
      writeLine(terminal.stderr, "hitless: stopped");
      return EXIT_CODES.interrupted;
    }
    const told = tellError(error);
    for (const line of told.lines) writeLine(terminal.stderr, `hitless: ${line}`);
    if (debug && error instanceof Error) writeLine(terminal.stderr, error.stack);
    return told.exitCode;
  }
}
