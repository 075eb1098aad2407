import { Command } from "commander";
import type { CommandContext } from "../program.ts";
export function rehearseCommand({ terminal }: CommandContext): Command {
  return new Command("rehearse").action(() => { terminal.stdout.write("later"); });
}
