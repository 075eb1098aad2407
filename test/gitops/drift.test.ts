/** The ConfigMap that users apply holds the health checks as their files have them. */
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

function check(directory: string) {
  const script = path.join(root, "scripts/generateHealthChecks.ts");
  return spawnSync(process.execPath, [script, "--check", "--root", directory], { encoding: "utf8" });
}

describe("gitops: the settings for Argo CD", () => {
  it("are those of the health checks", () => {
    const { status, stderr } = check(root);
    expect(status, stderr).to.equal(0);
  });

  it("differ when a health check was edited alone", () => {
    const copy = mkdtempSync(path.join(tmpdir(), "hitless-drift-"));
    try {
      cpSync(path.join(root, "deploy/argocd"), path.join(copy, "deploy/argocd"), { recursive: true });
      appendFileSync(path.join(copy, "deploy/argocd/health/fabric.lua"), "-- edited\n");
      const { status, stderr } = check(copy);
      expect(status).to.equal(1);
      expect(stderr).to.include("argocd-cm.yaml differs");
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
