import { expect } from "chai";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { request } from "undici";
import { eventually } from "../eventually.ts";
import { kubectl } from "./kubectl.ts";
import { describeWithCluster } from "./sharedCluster.ts";

describeWithCluster("the API server of the tests", (cluster) => {
  it("is the release that was built, and so is its kubectl", async () => {
    const { text } = await cluster().request({ path: "/version" });
    expect(JSON.parse(text).gitVersion).to.equal("v1.36.3");
    expect(await kubectl(cluster(), ["version", "--client"])).to.include("v1.36.3");
  });

  it("knows its users apart", async () => {
    const whoAmI = async (user: string) =>
      JSON.parse(await kubectl(cluster(), ["auth", "whoami", "--output", "json"], { user })).status.userInfo;
    expect(await whoAmI("viewer")).to.deep.include({ username: "viewer" });
    expect((await whoAmI("approver")).groups).to.include("hitless-approvers");
    const { statusCode } = await cluster().request({ path: "/api/v1/secrets", user: "stranger" });
    expect(statusCode).to.equal(403);
  });

  it("leaves nothing behind when the process that started it is killed", async function () {
    this.timeout(60_000);
    const module = path.resolve(import.meta.dirname, "startCluster.ts");
    const program = `
      import { startCluster } from ${JSON.stringify(module)};
      const { folder, url } = await startCluster({ binaries: ${JSON.stringify(cluster().binaries)} });
      console.log(JSON.stringify({ folder, url }));
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(createInterface({ input: starter.stdout }), "line");
    const { folder, url }: { folder: string; url: string } = JSON.parse(String(line));
    expect(existsSync(folder)).to.equal(true);
    starter.kill("SIGKILL");
    await eventually(() => expect(existsSync(folder)).to.equal(false));
    const outcome = await request(url).catch((error: unknown) => error);
    expect(outcome).to.have.property("code", "ECONNREFUSED");
  });
});
