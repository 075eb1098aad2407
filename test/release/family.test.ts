import { expect } from "chai";

import { familyNamed, familyOfModel } from "../../src/release/family.ts";
import { hasVmhosts, isEvolvedSwitch, isLargeSwitch, isSwitchChassis } from "../../src/release/platform.ts";

describe("device families", () => {
  it("IM-5 have the names of Fabrics, of Contrail and of packages", () => {
    for (const [name, family] of [
      ["junos-qfx", "junos-qfx"],
      ["junos-mx", "junos-mx"],
      ["junos", "junos-mx"],
      ["JUNOS-ES", "junos-srx"],
      [" junos-srx ", "junos-srx"],
      ["junos-ex", undefined],
      ["toString", undefined],
    ] as const) {
      expect(familyNamed(name), name).to.equal(family);
    }
  });

  it("FB-1 are told by the model", () => {
    for (const [model, family] of [
      ["qfx5120-48y-8c", "junos-qfx"],
      ["QFX10008", "junos-qfx"],
      ["MX480", "junos-mx"],
      ["vmx", "junos-mx"],
      ["srx1500", "junos-srx"],
      ["vSRX", "junos-srx"],
      ["ex4300", undefined],
      ["mxa", undefined],
      ["", undefined],
    ] as const) {
      expect(familyOfModel(model), model).to.equal(family);
    }
  });
});

describe("platforms", () => {
  it("IM-9 models whose engines are VM hosts, those of which none is, and those that may be either", () => {
    for (const model of ["qfx10002-60c", "MX10003", "mx204"]) expect(hasVmhosts(model), model).to.equal(true);
    for (const model of ["qfx10002-72q", "qfx10008", "qfx5120-48y"]) {
      expect(hasVmhosts(model), model).to.equal(false);
    }
    for (const model of ["mx480", "srx5800", "vmx"]) expect(hasVmhosts(model), model).to.equal(undefined);
  });

  it("FB-7 which switches are large, which have line cards, which run another operating system", () => {
    expect(["qfx10002-36q", "qfx10016", "qfx5210"].map(isLargeSwitch)).to.deep.equal([true, true, false]);
    expect(["qfx10002-36q", "qfx10008", "qfx10016"].map(isSwitchChassis)).to.deep.equal([false, true, true]);
    expect(["qfx5130-32cd", "qfx5220", "qfx5120"].map(isEvolvedSwitch)).to.deep.equal([true, true, false]);
  });
});
