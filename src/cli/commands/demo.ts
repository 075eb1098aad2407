import { Command } from "commander";
import type { CommandContext } from "../program.ts";
export function demoCommand({ terminal }: CommandContext): Command {
  return new Command("demo").action(() => { terminal.stdout.write("later"); });
}
