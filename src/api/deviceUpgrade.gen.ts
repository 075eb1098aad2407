// Generated from crds/deviceupgrades.yaml by scripts/generateTypes.ts. Do not edit.
import type { ObjectMeta } from "./objectMeta.ts";

/**
 * The upgrade of one device, made by its campaign. People read it and leave it alone.
 */
export interface DeviceUpgrade {
  /**
   * The API group and version.
   */
  apiVersion: "hitless.dev/v1alpha1";
  /**
   * The kind.
   */
  kind: "DeviceUpgrade";
  /**
   * Name, namespace and what the API server keeps.
   */
  metadata: ObjectMeta;
  /**
   * What is to be done; written by the campaign's controller only.
   */
  spec: {
    /**
     * The campaign.
     */
    campaignRef: {
      /**
       * The name of the UpgradeCampaign.
       */
      name: string;
      /**
       * Its uid.
       */
      uid: string;
    };
    /**
     * The fabric.
     */
    fabricRef: {
      /**
       * The name of the Fabric.
       */
      name: string;
    };
    /**
     * The device's name in the fabric.
     */
    deviceName: string;
    /**
     * Which image of several on the way to the last one this is about; absent where there is one.
     */
    hop?: {
      /**
       * Counted from 1, as the plan was when this was made.
       */
      number: number;
      /**
       * How many images are installed one after the other.
       */
      of: number;
    };
    /**
     * The image as it was when the plan was approved.
     */
    image: {
      /**
       * The name of the DeviceImage.
       */
      name: string;
      /**
       * Its uid.
       */
      uid: string;
      /**
       * Its generation.
       */
      generation: number;
      /**
       * The file name of the package.
       */
      deviceImageName: string;
      /**
       * The release in the package.
       */
      osVersion: string;
      /**
       * The size of the file.
       */
      sizeBytes: number;
      /**
       * Where the device fetches the file.
       */
      source?: {
        /**
         * The address of the file.
         */
        url: string;
        /**
         * The controller reads it there and sends it to the device.
         */
        push?: boolean;
        /**
         * The routing instance by which the device reaches it.
         */
        routingInstance?: string;
      };
      /**
       * The checksum of the file.
       */
      checksum: {
        /**
         * SHA-256, in hexadecimal.
         */
        sha256?: string;
        /**
         * MD5, in hexadecimal.
         */
        md5?: string;
      };
    };
    /**
     * The batch of the plan, counted from 1.
     */
    batch: number;
    /**
     * The procedure and its version, e.g. qfx/v1.
     */
    procedure: string;
    /**
     * Proceed runs the procedure. Hold starts no further step. Land brings the device to the nearest safe place. Test only looks at the device, as testOf asks.
     */
    desired: "Proceed" | "Hold" | "Land" | "Test";
    /**
     * What a test run is of, e.g. the campaign's generation and the plan. Another value asks for another test.
     */
    testOf?: string;
    /**
     * The hash of the approved plan.
     */
    planHash: string;
  };
  /**
   * What was done and seen; written by the device's controller only.
   */
  status?: {
    /**
     * The state, in Juniper's words where there are any.
     */
    state?:
      | "Validating"
      | "HealthCheckSuccessful"
      | "HealthCheckFailed"
      | "ActivatingMaintenanceMode"
      | "MaintenanceModeActivated"
      | "Rebooting"
      | "ImageUpgraded"
      | "DeactivatingMaintenanceMode"
      | "MaintenanceModeDeactivated"
      | "MaintenanceModeFailure"
      | "HitlessImageUpgradeSuccessful"
      | "HitlessImageUpgradeFailed"
      | "Skipped"
      | "Pending"
      | "Staging"
      | "Draining"
      | "Installing"
      | "SwitchingOver"
      | "VerifyingService"
      | "Landing"
      | "Held"
      | "Blocked"
      | "Hung"
      | "Unknown"
      | "Cancelled";
    /**
     * What happens now, for people.
     */
    message?: string;
    /**
     * How far the procedure is.
     */
    percent?: number;
    /**
     * The device as it was found, before anything was changed.
     */
    found?: {
      /**
       * The release it ran.
       */
      version: string;
      /**
       * When it had booted.
       */
      bootedAt: string;
      /**
       * The backup of its configuration.
       */
      configuration?: {
        /**
         * The Secret that holds it.
         */
        secretName: string;
        /**
         * The checksum of the configuration.
         */
        sha256: string;
      };
      /**
       * Its routing engines or nodes, where there are two.
       *
       * Items: One of the two.
       */
      controlPlanes?: {
        /**
         * As the device names it.
         */
        name: string;
        /**
         * Which of the two was in charge.
         */
        role: "Master" | "Backup";
        /**
         * The release it ran.
         */
        version: string;
        /**
         * When it had booted.
         */
        bootedAt: string;
      }[];
      /**
       * The redundancy groups of a chassis cluster, as they were found.
       *
       * Items: One redundancy group.
       */
      redundancyGroups?: {
        /**
         * Its number; 0 is that of the routing engines.
         */
        group: number;
        /**
         * The node that was primary.
         */
        primary: string;
        /**
         * What each node was in it.
         *
         * Items: One node.
         */
        nodes: {
          /**
           * Its name, node0 or node1.
           */
          name: string;
          /**
           * Its priority.
           */
          priority: number;
          /**
           * Whether the better node takes the group back by itself.
           */
          preempt: boolean;
          /**
           * Whether somebody had moved the group by hand.
           */
          manualFailover: boolean;
        }[];
      }[];
    };
    /**
     * The steps of the procedure, in order.
     *
     * Items: One step.
     */
    steps?: {
      /**
       * The name of the step.
       */
      name: string;
      /**
       * How far it is.
       */
      state: "Pending" | "Running" | "Done" | "Undone" | "Failed";
      /**
       * How often it was begun.
       */
      attempts: number;
      /**
       * When it was begun.
       */
      startedAt?: string;
      /**
       * When it counts as hung.
       */
      deadlineAt?: string;
      /**
       * When it ended.
       */
      finishedAt?: string;
      /**
       * What was seen.
       */
      message?: string;
    }[];
    /**
     * An act that may happen once only and is about to be sent, or was.
     */
    intent?: {
      /**
       * The step.
       */
      step: string;
      /**
       * The controller that wrote it.
       */
      holder: string;
      /**
       * The leadership it was written in.
       */
      epoch: number;
      /**
       * How long after the writing it may be sent, by the writer's own clock.
       */
      validSeconds: number;
      /**
       * When it was written.
       */
      writtenAt: string;
      /**
       * Counted from 1.
       */
      attempt: number;
      /**
       * The device right before.
       */
      before: {
        /**
         * The routing engine or node that the act is for; absent on a device with one.
         */
        controlPlane?: string;
        /**
         * The release it ran.
         */
        version: string;
        /**
         * When it had booted.
         */
        bootedAt: string;
        /**
         * For how long it had run.
         */
        uptimeSeconds: number;
        /**
         * Both nodes of a cluster, or both routing engines where the act is on both, right before.
         *
         * Items: One node.
         */
        nodes?: {
          /**
           * Its name, node0 or re1.
           */
          name: string;
          /**
           * The release it ran.
           */
          version: string;
          /**
           * When it had booted.
           */
          bootedAt: string;
          /**
           * For how long it had run.
           */
          uptimeSeconds: number;
        }[];
      };
    };
    /**
     * Readings of health checks.
     *
     * Items: One reading.
     */
    health?: {
      /**
       * The check.
       */
      check: string;
      /**
       * When it was made; Test is a test run.
       */
      phase: "Before" | "After" | "Test";
      /**
       * What was read.
       */
      observed: string;
      /**
       * What is allowed.
       */
      threshold?: string;
      /**
       * Whether it is within.
       */
      passed: boolean;
    }[];
    /**
     * What the drain changes in the configuration; from a test run, and from the drain itself.
     */
    drain?: {
      /**
       * How the device is drained, and why so.
       *
       * Items: One technique; several work together.
       */
      techniques?: {
        /**
         * The technique.
         */
        name: string;
        /**
         * Why it was chosen for this device.
         */
        why: string;
      }[];
      /**
       * The change, as the device shows it.
       */
      diff?: string;
      /**
       * The commands that take it back, a line each.
       */
      undo?: string;
    };
    /**
     * The last test run of the device; its results are in health, with the phase Test.
     */
    test?: {
      /**
       * The testOf that asked for it.
       */
      of: string;
      /**
       * When it was made.
       */
      at: string;
      /**
       * Whether the device could be upgraded as it is.
       */
      passed: boolean;
    };
    /**
     * Where the device is being brought, or was, instead of finishing.
     */
    landing?: {
      /**
       * InService undoes the drain; Drained stays out; Forward finishes.
       */
      to: "InService" | "Drained" | "Forward";
      /**
       * Why, for machines.
       */
      reason: string;
      /**
       * Why, for people.
       */
      message: string;
      /**
       * Since when.
       */
      since: string;
    };
    /**
     * The token that the drain carries on the device.
     */
    drainToken?: string;
    /**
     * When the first step began.
     */
    startedAt?: string;
    /**
     * When the last step ended.
     */
    finishedAt?: string;
    /**
     * What is true of the object, by type.
     *
     * Items: One condition, as metav1.Condition.
     */
    conditions?: {
      /**
       * What the condition is about.
       */
      type: string;
      /**
       * Whether it is true.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, for machines.
       */
      reason: string;
      /**
       * Why, for people.
       */
      message: string;
      /**
       * When the status last changed.
       */
      lastTransitionTime: string;
      /**
       * The generation of the object that this was said of.
       */
      observedGeneration?: number;
    }[];
    /**
     * The generation of the object that this status was written for.
     */
    observedGeneration?: number;
  };
}
