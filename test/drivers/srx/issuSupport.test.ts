/** Which clusters are upgraded in service, which are refused, and what is told of those that are. */
import { expect } from "chai";
import { modelRefusal, upgradeRefusal, upgradeWarnings } from "../../../src/drivers/srx/issuSupport.ts";

describe("drivers: which SRX clusters are upgraded in service", () => {
  for (const model of ["SRX300", "srx320", "SRX345", "srx380", "srx550m", "vSRX"]) {
    it(`IS-16 ${model} is refused by name: its in-band upgrade loses sessions`, () => {
      const refusal = modelRefusal(model);
      expect(refusal?.reason).to.equal("InServiceUpgradeUnsupported");
      expect(refusal?.message).to.contain(model).and.contain("sessions are lost");
    });
  }

  for (const model of ["SRX4600", "srx4120", "srx4700"]) {
    it(`IS-16 ${model} is refused by name: the guide has no release of it`, () => {
      expect(modelRefusal(model)?.reason).to.equal("InServiceUpgradeUnsupported");
      expect(modelRefusal(model)?.message).to.contain(model).and.contain("guide");
    });
  }

  it("IS-16 a model that nobody listed is refused, not tried", () => {
    expect(modelRefusal("srx9999")?.reason).to.equal("UnsupportedModel");
    expect(modelRefusal("srx15001")?.reason).to.equal("UnsupportedModel");
  });

  const TAKEN: readonly (readonly [model: string, from: string, to: string])[] = [
    ["SRX1500", "21.4R3-S5.4", "23.4R2-S3.9"],
    ["srx1500", "15.1X49-D70", "15.1X49-D200"],
    ["srx4100", "17.4R1", "18.4R3"],
    ["srx4200", "22.4R3", "23.4R1"],
    ["srx1600", "23.4R1", "24.2R1"],
    ["srx4300", "24.2R1", "24.4R1"],
    ["srx5400", "17.3R3", "19.4R3"],
    ["SRX5600", "20.4R3", "22.2R1"],
    ["srx5800", "12.3X48-D40.5", "12.3X48-D60"],
  ];
  for (const [model, from, to] of TAKEN) {
    it(`IS-16 ${model} goes from ${from} to ${to}`, () => {
      expect(upgradeRefusal(model, { from, to })).to.equal(null);
    });
  }

  const REFUSED: readonly (readonly [model: string, from: string, to: string, reason: string])[] = [
    ["srx1500", "23.4R2", "21.4R3", "DowngradeRefused"],
    ["srx1500", "23.4R2", "23.4R2.13", "SameVersion"],
    ["srx1500", "15.1X49-D60", "15.1X49-D70", "InServiceUpgradeUnsupported"],
    ["srx4100", "15.1X49-D70", "15.1X49-D90", "InServiceUpgradeUnsupported"],
    ["srx4100", "17.3R2", "17.4R1", "InServiceUpgradeUnsupported"],
    ["srx5800", "17.2R1", "17.3R1", "InServiceUpgradeUnsupported"],
    ["srx4300", "23.4R1", "24.2R1", "InServiceUpgradeUnsupported"],
    ["srx1500", "15.1X49-D70", "17.3R1", "VersionIncomparable"],
    ["srx1500", "whatever", "17.3R1", "VersionUnknown"],
    ["srx345", "21.4R3", "22.4R3", "InServiceUpgradeUnsupported"],
  ];
  for (const [model, from, to, reason] of REFUSED) {
    it(`IS-16 ${model} does not go from ${from} to ${to}: ${reason}`, () => {
      expect(upgradeRefusal(model, { from, to })?.reason).to.equal(reason);
    });
  }

  it("IS-6 a card that restarts is a warning, on models that have cards, and told once", () => {
    const picTypes = ["SPU Cp-Flow", "10x 10GE SFP+", "4x OC12 SONET", "4x OC12 SONET"];
    const facts = { picTypes, configuration: [] };
    expect(upgradeWarnings({ model: "srx5800", ...facts })).to.deep.equal([
      { warning: "UnsupportedPic", message: "PIC 4x OC12 SONET restarts during the upgrade" },
    ]);
    expect(upgradeWarnings({ model: "srx1500", ...facts })).to.deep.equal([]);
  });

  it("IS-7 configuration whose state is not carried over is a warning that names it", () => {
    const warned = (configuration: readonly string[]): readonly string[] =>
      upgradeWarnings({ model: "srx1500", picTypes: [], configuration }).map(
        ({ message }) => message.split(":")[0] ?? "",
      );
    expect(warned(["set protocols pim interface all", "set logical-systems a"])).to.deep.equal([
      "multicast routing",
      "logical systems",
    ]);
    expect(warned(["set interfaces ge-0/0/1 unit 0 family inet dhcp"])).to.deep.equal(["a DHCP client"]);
    expect(warned(["set protocols bgp group a"])).to.deep.equal([
      "routing protocols without graceful restart",
    ]);
    expect(warned(["set protocols bgp group a", "set routing-options graceful-restart"])).to.deep.equal([]);
  });
});
