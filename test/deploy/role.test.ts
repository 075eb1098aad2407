/** The controller's role is minimal: each permission is needed, and nothing else is. */
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import PQueue from "p-queue";
import { parse } from "yaml";
import { auditOf, permission, permissionOf } from "./audit.ts";
import { describeDeployed } from "./deployed.ts";
import type { Manifest, Rule } from "./manifests.ts";
import { DEPLOY } from "./manifests.ts";
import type { Play } from "./rolePlay.ts";
import { play } from "./rolePlay.ts";

const ROLE: Manifest = parse(readFileSync(path.join(DEPLOY, "rbac/controller.yaml"), "utf8"));
const RULES = ROLE.rules ?? [];

/** One verb on one resource. */
interface Permission {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
}

const PERMISSIONS: readonly Permission[] = RULES.flatMap(({ apiGroups, resources, verbs }) =>
  apiGroups.flatMap((apiGroup) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ verb, apiGroup, resource }))),
  ),
);

/** Rules that grant the same, but for one permission. */
function without({ verb, apiGroup, resource }: Permission): Rule[] {
  return PERMISSIONS.filter(
    (each) => each.verb !== verb || each.apiGroup !== apiGroup || each.resource !== resource,
  ).map((each) => ({ apiGroups: [each.apiGroup], resources: [each.resource], verbs: [each.verb] }));
}

/** How many campaigns run at the same time. */
const AT_ONCE = 12;

describeDeployed("the controller's role", (cluster) => {
  const plays = new Map<Permission, Promise<Play>>();
  let whole: Promise<Play>;

  before(() => {
    const queue = new PQueue({ concurrency: AT_ONCE });
    const start = async (rules: readonly Rule[]): Promise<Play> =>
      queue.add(async () => play(cluster(), rules));
    whole = start(RULES);
    for (const each of PERMISSIONS) plays.set(each, start(without(each)));
    // Each is looked at by its own test.
    for (const each of [whole, ...plays.values()]) each.catch(() => undefined);
  });

  it("AC-2 is enough for a campaign from its plan to its deletion, and all of it is used", async function () {
    this.timeout(120_000);
    const { refusals, username } = await whole;
    expect(refusals).to.deep.equal([]);
    const used = new Set(auditOf(cluster(), username).map(permissionOf));
    // To set a finalizer or an owner is part of another request: that these are needed is shown below.
    const granted = PERMISSIONS.filter(({ resource }) => !resource.endsWith("/finalizers")).map(permission);
    expect([...used]).to.have.members(granted);
  });

  for (const each of PERMISSIONS) {
    it(`AC-2 needs ${permission(each)}`, async function () {
      this.timeout(120_000);
      const { refusals = [] } = (await plays.get(each)) ?? {};
      const { verb, resource } = each;
      const words = resource.endsWith("/finalizers") ? "finalizer" : `cannot ${verb} resource "${resource}"`;
      expect(refusals[0] ?? "nothing was refused").to.include(words);
    });
  }
});
