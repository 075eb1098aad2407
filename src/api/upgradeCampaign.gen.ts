// Generated from crds/upgradecampaigns.yaml by scripts/generateTypes.ts. Do not edit.
import type { ObjectMeta } from "./objectMeta.ts";

/**
 * A campaign that brings devices of a fabric to an image, batch by batch.
 */
export interface UpgradeCampaign {
  /**
   * The API group and version.
   */
  apiVersion: "hitless.dev/v1alpha1";
  /**
   * The kind.
   */
  kind: "UpgradeCampaign";
  /**
   * Name, namespace and what the API server keeps.
   */
  metadata: ObjectMeta;
  /**
   * Which devices, which image, how carefully.
   */
  spec: {
    /**
     * The fabric. It cannot be changed.
     */
    fabricRef: {
      /**
       * The name of the Fabric.
       */
      name: string;
    };
    /**
     * Plan makes the plan only. TestRun also checks each device of the plan and changes nothing on it. Upgrade runs the plan once it is approved. Going back once devices have begun is a hold.
     */
    mode: "Plan" | "TestRun" | "Upgrade";
    /**
     * Which devices get which image. A device may be in one assignment only.
     *
     * Items: One assignment.
     */
    imageAssignments: {
      /**
       * The name by which others depend on this assignment.
       */
      name?: string;
      /**
       * Names of assignments whose devices are all done before the first of these begins.
       *
       * Items: The name of an assignment.
       */
      dependsOn?: string[];
      /**
       * Also devices that run a later release than the image get it. Otherwise they are skipped.
       */
      allowDowngrade?: boolean;
      /**
       * Also devices whose release has no order with the image's get it (X and F trains, builds of developers). Otherwise they are skipped; ask the vendor first whether that step is supported.
       */
      allowOtherTrain?: boolean;
      /**
       * The image.
       */
      imageRef: {
        /**
         * The name of the DeviceImage.
         */
        name: string;
      };
      /**
       * Images to install on the way to imageRef, one after the other, where the step to it is not supported at once. A device begins with the first one that it is not beyond; each is a whole upgrade of it.
       *
       * Items: An image on the way.
       */
      path?: {
        /**
         * The name of the DeviceImage.
         */
        name: string;
      }[];
      /**
       * The devices. Fields are ANDed, the values of a field are ORed; an empty selector is refused.
       */
      selector: {
        /**
         * Labels that a device must have, all of them.
         */
        matchLabels?: {
          /**
           * The label's value.
           */
          [k: string]: string;
        };
        /**
         * Roles.
         *
         * Items: A role.
         */
        roles?: ("Leaf" | "Border" | "Firewall" | "Spine" | "SuperSpine")[];
        /**
         * Roles in the overlay.
         *
         * Items: A role.
         */
        overlayRoles?: string[];
        /**
         * Names of devices.
         *
         * Items: A device's name.
         */
        devices?: string[];
      };
    }[];
    /**
     * How carefully.
     */
    strategy: {
      /**
       * At most this many devices are out of service at one time.
       */
      maxBatchSize: number;
      /**
       * Devices that go first, one at a time, in each tier.
       */
      canary: {
        /**
         * How many; 0 for none.
         */
        devicesPerTier: number;
      };
      /**
       * How long an upgraded device is watched before the next batch begins.
       */
      soak: string;
      /**
       * How devices are taken out of traffic.
       */
      drain?: {
        /**
         * Auto takes what suits the device best. Policy puts routing policies first in the export chains of BGP. GracefulShutdown tells BGP peers to prefer others (RFC 8326; Junos 19.1 or later). EvpnMaintenanceMode takes the links to servers down by the device's own maintenance mode, where it has one. A device that cannot do what is asked for is not touched. IS-IS and OSPF are overloaded in any case, where a device runs them. Auto where nothing is said.
         */
        technique?: "Auto" | "Policy" | "GracefulShutdown" | "EvpnMaintenanceMode";
      };
      /**
       * Whether a device that has stayed as it was found keeps its new software as its recovery snapshot, where its family has one (QFX and MX). It does where nothing is said. One that cannot be taken is told, and fails nothing.
       */
      recoverySnapshot?: boolean;
      /**
       * Also models of a known family that its driver was not tested with, e.g. an MX204.
       */
      allowUntestedModels?: boolean;
      /**
       * Whether the two routing engines of a router are upgraded one after the other, or at the same time: that is quicker, and for as long as a boot takes the drained router has none. Absent: OneByOne.
       */
      routingEngines?: "OneByOne" | "Parallel";
      /**
       * How much of the uplinks that a device keeps has to stay free, by the traffic measured when the plan is made. A limit: batches become smaller for it, and where that is not enough the plan is blocked. Without it, links that are too slow are a warning.
       */
      minHeadroomPercent?: number;
      /**
       * Devices that may be taken out although that cuts somebody off.
       *
       * Items: One device.
       */
      acceptNonHitless?: {
        /**
         * The device's name.
         */
        device: string;
        /**
         * Why that is acceptable; it stands in the plan.
         */
        reason: string;
      }[];
      /**
       * Warnings of the plan that are known and taken, by device.
       *
       * Items: One warning of one device.
       */
      acceptWarnings?: {
        /**
         * The device's name.
         */
        device: string;
        /**
         * The warning, as the plan names it.
         */
        warning: "UnsupportedPic" | "UnsupportedProtocol";
        /**
         * Why that is acceptable; it stands in the plan.
         */
        reason: string;
      }[];
    };
    /**
     * What counts as healthy.
     */
    healthChecks: {
      /**
       * A failed check before the upgrade stops the device. Switched off, the failure is only reported.
       */
      abortOnFailure: boolean;
      /**
       * What becomes of a campaign whose device fails a check before its upgrade. Abort ends it. Exclude leaves that device as it is, and goes on without it. Continue upgrades it all the same, as abortOnFailure: false does. Abort where nothing is said.
       */
      onUnhealthy?: "Abort" | "Exclude" | "Continue";
      /**
       * What somebody else is asked before and after: a service over HTTP, or a Job of this namespace. A probe that fails before its devices stops them untouched; one that cannot be answered stops them, too.
       *
       * Items: One probe.
       */
      probes?: {
        /**
         * The name by which people are told of it.
         */
        name: string;
        /**
         * When it is asked. BeforeDevice is right before a device is taken out of service, AfterDevice once it is back in service as it was found.
         *
         * Items: A point of the campaign.
         */
        points: (
          "BeforeCampaign" | "BeforeBatch" | "BeforeDevice" | "AfterDevice" | "AfterBatch" | "AfterCampaign"
        )[];
        /**
         * A GET request of the controller, without following redirects.
         */
        http?: {
          /**
           * The address, without a login in it.
           */
          url: string;
          /**
           * The status code that means that all is well.
           */
          expectedStatus: number;
          /**
           * How long an answer may take, a minute at most.
           */
          timeout: string;
          /**
           * A Secret whose key authorization is sent as the header of that name.
           */
          secretRef?: {
            /**
             * The name of the Secret.
             */
            name: string;
          };
        };
        /**
         * A Job, made once for each occasion. It passes by completing.
         */
        job?: {
          /**
           * The CronJob that the Job is made from, as kubectl create job --from does. It may be suspended.
           */
          cronJobRef: {
            /**
             * The name of the CronJob.
             */
            name: string;
          };
          /**
           * How long it may run.
           */
          timeout: string;
        };
      }[];
      /**
       * Checks with other limits than their defaults.
       *
       * Items: One check.
       */
      checks?: {
        /**
         * The name of the check, as the catalogue gives it.
         */
        name: string;
        /**
         * Whether it is made.
         */
        enabled: boolean;
        /**
         * The limit, in the check's unit. For checks with a lower limit it is that.
         */
        max?: number;
        /**
         * How far a reading may be off its baseline.
         */
        tolerancePercent?: number;
      }[];
      /**
       * What is otherwise for some devices. Taken in order; a later one wins for what it names.
       *
       * Items: One override.
       */
      overrides?: {
        /**
         * The devices. Fields are ANDed, the values of a field are ORed; an empty selector is refused.
         */
        selector: {
          /**
           * Labels that a device must have, all of them.
           */
          matchLabels?: {
            /**
             * The label's value.
             */
            [k: string]: string;
          };
          /**
           * Roles.
           *
           * Items: A role.
           */
          roles?: ("Leaf" | "Border" | "Firewall" | "Spine" | "SuperSpine")[];
          /**
           * Roles in the overlay.
           *
           * Items: A role.
           */
          overlayRoles?: string[];
          /**
           * Names of devices.
           *
           * Items: A device's name.
           */
          devices?: string[];
        };
        /**
         * As that of the campaign.
         */
        abortOnFailure?: boolean;
        /**
         * Checks with other limits on these devices.
         *
         * Items: One check.
         */
        checks?: {
          /**
           * The name of the check, as the catalogue gives it.
           */
          name: string;
          /**
           * Whether it is made.
           */
          enabled: boolean;
          /**
           * The limit, in the check's unit. For checks with a lower limit it is that.
           */
          max?: number;
          /**
           * How far a reading may be off its baseline.
           */
          tolerancePercent?: number;
        }[];
      }[];
    };
    /**
     * Who says yes.
     */
    approval: {
      /**
       * Manual waits for planHash to be the hash of the plan; Automatic takes the first hitless plan.
       */
      policy: "Manual" | "Automatic";
      /**
       * The hash of the approved plan.
       */
      planHash?: string;
    };
    /**
     * When devices may be out of service; at any time if there are none. A batch begins only if it fits into what is left of a window, and what still runs when the window closes is brought to a safe place.
     *
     * Items: One window, again and again.
     */
    maintenanceWindows?: {
      /**
       * When it opens, as cron has it (minute, hour, day of the month, month, day of the week).
       */
      schedule: string;
      /**
       * How long it is open.
       */
      duration: string;
      /**
       * The time zone of the schedule, by its IANA name.
       */
      timeZone: string;
    }[];
    /**
     * Nothing new starts; what runs goes on to a safe place.
     */
    paused: boolean;
  };
  /**
   * How far the campaign is; all of it is derived from the plan and the devices' upgrades.
   */
  status?: {
    /**
     * The phase, in a word.
     */
    phase?:
      | "Planning"
      | "Planned"
      | "Testing"
      | "Tested"
      | "AwaitingApproval"
      | "Running"
      | "Soaking"
      | "Landing"
      | "Held"
      | "Paused"
      | "OutsideWindow"
      | "Blocked"
      | "Stale"
      | "Hung"
      | "Unknown"
      | "Failed"
      | "Completed";
    /**
     * The plan in short.
     */
    plan?: {
      /**
       * The hash that an approval names.
       */
      hash: string;
      /**
       * The ConfigMap with the whole plan.
       */
      configMapRef: {
        /**
         * The name of the ConfigMap.
         */
        name: string;
      };
      /**
       * Devices to upgrade.
       */
      devices: number;
      /**
       * Batches.
       */
      batches: number;
      /**
       * No plan has fewer batches.
       */
      lowerBound: number;
      /**
       * Nobody is cut off.
       */
      hitless: boolean;
      /**
       * How long it will take.
       */
      estimatedSeconds: number;
    };
    /**
     * The approval, kept once given.
     */
    approved?: {
      /**
       * The hash that was approved.
       */
      hash: string;
      /**
       * When.
       */
      at: string;
    };
    /**
     * Devices by how far they are.
     */
    counts?: {
      /**
       * Devices of the plan.
       */
      total: number;
      /**
       * Not begun.
       */
      pending: number;
      /**
       * Begun.
       */
      inProgress: number;
      /**
       * Done.
       */
      succeeded: number;
      /**
       * Failed.
       */
      failed: number;
      /**
       * Left out of the plan.
       */
      skipped: number;
      /**
       * Of all steps of all devices, how many are done.
       */
      percent: number;
    };
    /**
     * Devices done of all, for the eye.
     */
    progress?: string;
    /**
     * What runs now.
     */
    current?: {
      /**
       * The batch, counted from 1.
       */
      batch: number;
      /**
       * The first twenty of its devices.
       *
       * Items: A device's name.
       */
      devices: string[];
    };
    /**
     * The first twenty devices that failed.
     *
     * Items: One device.
     */
    failed?: {
      /**
       * The device.
       */
      device: string;
      /**
       * Why, for machines.
       */
      reason: string;
      /**
       * Why, for people.
       */
      message: string;
    }[];
    /**
     * When the first device began.
     */
    startedAt?: string;
    /**
     * When the last device ended.
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
