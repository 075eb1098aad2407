/** `hitless fabric`: what is about the topology alone. */
import { Command } from "commander";
import type { CommandContext } from "../commandContext.ts";
import { fabricGraphCommand } from "./fabricGraph.ts";
import { fabricImportCommand } from "./fabricImport.ts";

const EXAMPLES = `
Examples:
  hitless fabric import ansible hosts.ini --name dc1 > fabric.yaml
  hitless fabric graph -f examples/quickstart -o svg > fabric.svg`;

export function fabricCommand(context: CommandContext): Command {
  return new Command("fabric")
    .description("import a fabric from elsewhere, or draw it")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES)
    .addCommand(fabricImportCommand(context))
    .addCommand(fabricGraphCommand(context));
}
