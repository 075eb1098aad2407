/** What every driver of the product has to be, whatever its family. */
import { expect } from "chai";
import { STEP_NAMES } from "../../src/api/steps.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";

describe("drivers: the contract", () => {
  for (const { procedure } of DRIVERS) {
    const { steps } = procedure;
    const names = steps.map(({ name }) => name);
    const at = (name: string): number => names.findIndex((each) => each === name);
    const firstOut = steps.findIndex(({ outOfService }) => outOfService);

    describe(procedure.name, () => {
      it("HL-10 has a name with a version, and each step once, by a persisted name", () => {
        expect(procedure.name).to.match(/^[a-z-]+\/v\d+$/);
        expect(new Set(names).size).to.equal(names.length);
        expect(STEP_NAMES).to.include.members(names);
      });

      it("TR-7 HC-2 begins with its health, and ends with a comparison that goes on while it soaks", () => {
        expect(names[0]).to.equal("Preflight");
        expect(names.slice(-2)).to.deep.equal(["Compare", "Soak"]);
      });

      it("BK-1 BK-3 keeps the device as found before anything is changed", () => {
        const changing = steps.findIndex(
          ({ once, outOfService, undo }) => once || outOfService || undo !== undefined,
        );
        expect(at("Backup")).to.be.at.least(0).and.below(changing);
        const early = steps.slice(0, at("Backup")).filter((step) => "start" in step);
        // Only the package is brought there, and the configuration tried against it.
        expect(["Stage", "ValidateConfiguration"]).to.include.members(early.map(({ name }) => name));
      });

      it("HL-10 takes back by a later step what it says can be taken back, and that step only finishes", () => {
        for (const { name, undo } of steps) {
          if (undo === undefined) continue;
          expect(at(undo), `${name}: ${undo}`).to.be.above(at(name));
          expect(steps[at(undo)]?.landing, undo).to.equal("Forward");
        }
      });

      it("is out of service without a gap", () => {
        if (firstOut === -1) return;
        const out = steps.map(({ outOfService }) => outOfService);
        expect(out.slice(firstOut, out.lastIndexOf(true) + 1)).to.satisfy((all: readonly boolean[]) =>
          all.every(Boolean),
        );
      });

      it("N5 whatever reboots or installs happens once, by an intent", () => {
        const acts = steps.filter(({ name }) =>
          /^(?:Install|Reboot|SwitchMastership|InServiceUpgrade)/.test(name),
        );
        expect(acts).not.to.deep.equal([]);
        for (const { name, once } of acts) expect(once, name).to.equal(true);
      });

      it("PL-17 every step has a deadline and a pause between two looks", () => {
        for (const { name, deadlineSeconds, pollSeconds } of steps) {
          expect(deadlineSeconds, name).to.be.above(0);
          expect(pollSeconds, name).to.be.within(1, 120);
        }
      });
    });
  }
});
