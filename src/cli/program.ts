/** The tree of commands. Each is a file in `commands/`; what all have in common is here. */
import { Command, CommanderError } from "commander";
import { tellError } from "./cliError.ts";
import { demoCommand } from "./commands/demo.ts";
import { planCommand } from "./commands/plan.ts";
import { rehearseCommand } from "./commands/rehearse.ts";
import { simulatorCommand } from "./commands/simulator.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { ExitCode } from "./exitCodes.ts";
import { EXIT_CODE_HELP, EXIT_CODES } from "./exitCodes.ts";
import { writeLine, type Terminal } from "./terminal.ts";

/** A command hands its exit code back through this, since commander's actions return nothing. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly end: (exitCode: ExitCode) => void;
}

const DESCRIPTION = `Upgrades the software of a data-centre fabric without its users noticing.

Objects are read from YAML files as kubectl apply would take them: a Fabric, DeviceImages, an UpgradeCampaign,
and a Secret and a ConfigMap with login and host keys.`;

const EXAMPLES = `
Examples:
  hitless demo                                  a whole campaign on a simulated fabric, in about a minute
  hitless plan -f examples/quickstart           the plan, from files alone
  hitless plan -f examples/quickstart --live    the plan, with what the devices say
  hitless rehearse -f examples/quickstart       the campaign on a simulated twin of the fabric

${EXIT_CODE_HELP}`;

/** Builds the program. */
export function createProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command("hitless")
    .description(DESCRIPTION)
    .addHelpText("after", EXAMPLES)
    .helpCommand(false);
  const commands = [planCommand, verifyCommand, rehearseCommand, simulatorCommand, demoCommand];
  for (const make of commands) program.addCommand(make(context));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => terminal.stdout.write(text),
        writeErr: (text) => terminal.stderr.write(text),
        outputError: (text, write) => write(text.replace(/^error: /, "hitless: ")),
      });
  }
  return program;
}

/** Runs a command line (without `node` and the script) and returns the exit code. Never throws. */
export async function runCli(args: readonly string[], terminal: Terminal, debug = false): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const program = createProgram({
    terminal,
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
