import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

describe("crash: what a killed test leaves behind", () => {
  it("is nothing, not even a child that is stopped", async () => {
    const module = path.resolve(import.meta.dirname, "reaper.ts");
    const program = `
      import { spawn } from "node:child_process";
      import { reap } from ${JSON.stringify(module)};
      const child = spawn("sleep", ["1000"], { stdio: ["ignore", "inherit", "ignore"] });
      reap(child);
      child.kill("SIGSTOP");
      console.log("stopped");
      setInterval(() => {}, 1000);`;
    const test = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(createInterface({ input: test.stdout }), "line");
    test.kill("SIGKILL");
    // The child holds the pipe as long as it lives.
    await once(test.stdout, "close");
  });
});
