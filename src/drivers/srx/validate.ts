/**
 * ValidateConfiguration: the new release takes the configuration, before anything is touched. The device answers after
 * minutes and keeps nothing of it, so its reply is the proof; asked again, it says the same. A refusal ends the run. An
 * answer that says neither is no obstacle: the upgrade itself validates once more before it reboots a node.
 */
import type { Step } from "../../engine/step.ts";
import { requestPackageValidate } from "../../junos/install.ts";
import type { RunContext } from "../driver.ts";
import { packagePath } from "../steps/stage.ts";

export const validateConfiguration: Step<RunContext> = {
  name: "ValidateConfiguration",
  once: false,
  landing: "InService",
  deadlineSeconds: 3600,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 60,
  async observe({ device, image, connect, signal }) {
    const connection = await connect(device.name);
    // A session of its own: it is silent for minutes, and others want to be asked meanwhile.
    const session = await connection.longRunning(signal);
    const { verdict, message } = await requestPackageValidate(session, packagePath(image.deviceImageName), {
      signal,
    });
    switch (verdict) {
      case "Refused":
        return { is: "Failed", reason: "ConfigurationInvalid", message };
      case "Accepted":
        return {
          is: "Done",
          evidence: { message: `${image.osVersion} takes the configuration: ${message}` },
        };
      case "Unproven":
        return { is: "Done", evidence: { message: `${image.osVersion} was not refused: ${message}` } };
    }
  },
};
