// Generated from crds/deviceimages.yaml by scripts/generateTypes.ts. Do not edit.
import type { ObjectMeta } from "./objectMeta.ts";

/**
 * A Junos software package and what it fits.
 */
export interface DeviceImage {
  /**
   * The API group and version.
   */
  apiVersion: "hitless.dev/v1alpha1";
  /**
   * The kind.
   */
  kind: "DeviceImage";
  /**
   * Name, namespace and what the API server keeps.
   */
  metadata: ObjectMeta;
  /**
   * The package.
   */
  spec: {
    /**
     * The file name of the package, as Juniper publishes it. It lies in /var/tmp of each device.
     */
    deviceImageName: string;
    /**
     * The vendor.
     */
    vendorName: string;
    /**
     * The device family the package is for.
     */
    deviceFamily: string;
    /**
     * The models the package is for; qfx5120 covers qfx5120-48y.
     *
     * Items: A model, or the beginning of one up to a hyphen.
     */
    supportedPlatforms: string[];
    /**
     * The exact Junos release in the package, e.g. 23.4R2-S3.9.
     */
    osVersion: string;
    /**
     * The size of the file.
     */
    sizeBytes: number;
    /**
     * Where the package comes from when it does not lie on a device. Without it, somebody has to put it there.
     */
    source?: {
      /**
       * The address of the file, without a login in it.
       */
      url: string;
      /**
       * The controller reads the file there and sends it to the device over SSH, for devices that do not reach it. Over http and https only.
       */
      push?: boolean;
      /**
       * The routing instance by which the device reaches it, e.g. mgmt_junos.
       */
      routingInstance?: string;
    };
    /**
     * The checksum of the file; sha256 where it is known.
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
   * What the controller read from the declaration.
   */
  status?: {
    /**
     * The package is for routing engines that are VM hosts.
     */
    vmhost?: boolean;
    /**
     * The release as read from deviceImageName.
     */
    parsedVersion?: string;
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
