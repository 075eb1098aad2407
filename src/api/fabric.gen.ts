// Generated from crds/fabrics.yaml by scripts/generateTypes.ts. Do not edit.
import type { ObjectMeta } from "./objectMeta.ts";

/**
 * A data-centre fabric; its switches, routers and firewalls, and how they back each other up.
 */
export interface Fabric {
  /**
   * The API group and version.
   */
  apiVersion: "hitless.dev/v1alpha1";
  /**
   * The kind.
   */
  kind: "Fabric";
  /**
   * Name, namespace and what the API server keeps.
   */
  metadata: ObjectMeta;
  /**
   * The devices and what is known of their redundancy.
   */
  spec: {
    /**
     * All devices of the fabric, also those that are never upgraded.
     *
     * Items: One device.
     */
    devices: {
      /**
       * The name of the device in this fabric. LLDP neighbours are matched with it.
       */
      name: string;
      /**
       * Host name or address of the management interface, with :port where it is not that of the connection. Of a device with two control planes it is the one at which the master answers, whichever it is (master-only).
       */
      address: string;
      /**
       * The product model, e.g. qfx5120-48y.
       */
      model: string;
      /**
       * The device family, as images name it, e.g. junos-qfx.
       */
      family: "junos-qfx" | "junos-mx" | "junos-srx";
      /**
       * The place in the fabric; devices are upgraded tier by tier in this order.
       */
      role: "Leaf" | "Border" | "Firewall" | "Spine" | "SuperSpine";
      /**
       * Roles in the overlay, e.g. Route-Reflector.
       *
       * Items: One role.
       */
      overlayRoles?: string[];
      /**
       * Labels to select devices by, e.g. pod, rack, site.
       */
      labels?: {
        /**
         * The label's value.
         */
        [k: string]: string;
      };
      /**
       * The two routing engines of a chassis (re0, re1) or nodes of a chassis cluster (node0, node1), each where it answers for itself. Absent for a device with one.
       *
       * Items: One of the two.
       */
      controlPlanes?: {
        /**
         * As the device names it.
         */
        name: "re0" | "re1" | "node0" | "node1";
        /**
         * Host name or address of its own management interface, which does not move to the other one, with :port where it is not that of the connection.
         */
        address: string;
      }[];
    }[];
    /**
     * How the devices are reached.
     */
    connection: {
      /**
       * The NETCONF port.
       */
      port: number;
      /**
       * The Secret with username, and password or ssh-privatekey (and passphrase).
       */
      credentialsSecretRef: {
        /**
         * The name of the Secret.
         */
        name: string;
      };
      /**
       * The ConfigMap whose key known_hosts holds the devices' host keys in OpenSSH's format.
       */
      knownHostsRef: {
        /**
         * The name of the ConfigMap.
         */
        name: string;
      };
    };
    /**
     * Links between devices. What the devices say over LLDP is added; a declaration can only tighten it.
     *
     * Items: One link.
     */
    links?: {
      /**
       * One end, device/interface.
       */
      a: string;
      /**
       * The other end, device/interface.
       */
      b: string;
    }[];
    /**
     * Servers with links to several devices.
     */
    multihoming: {
      /**
       * Required: a plan needs what the devices say. Preferred: devices that cannot be read are taken as declared. Disabled: only declarations count, and nothing is hitless by proof.
       */
      discovery: "Required" | "Preferred" | "Disabled";
      /**
       * Attachments of servers, as declared. Discovered ones are added.
       *
       * Items: One server or Ethernet segment.
       */
      segments?: {
        /**
         * The name of what is attached.
         */
        name: string;
        /**
         * The Ethernet segment identifier; absent for a server on a single device.
         */
        esi?: string;
        /**
         * The attachments, device/interface.
         *
         * Items: One attachment, device/interface.
         */
        members: string[];
        /**
         * How many members must stay in service.
         */
        minAvailable: number;
      }[];
    };
    /**
     * Devices of which some must always stay in service.
     *
     * Items: One group.
     */
    redundancyGroups?: {
      /**
       * The name of the group.
       */
      name: string;
      /**
       * The names of the devices of this fabric.
       *
       * Items: A device's name.
       */
      members?: string[];
      /**
       * The devices, as far as the fabric has them when a plan is made. Fields are ANDed, the values of a field are ORed; an empty selector is refused.
       */
      selector?: {
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
       * Members that are devices of other fabrics of this namespace, e.g. gateways that two sites share. They count as long as they can be read and nobody holds them out of service. Declare the group in those fabrics, too.
       *
       * Items: The members in one fabric.
       */
      elsewhere?: {
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
         * The names of the devices.
         *
         * Items: A device's name.
         */
        devices: string[];
      }[];
      /**
       * How many must stay in service, as a number or as a percentage of the members (rounded up).
       */
      minAvailable: number | string;
    }[];
    /**
     * What stands on this fabric and is needed to upgrade it, such as the API server, AAA or the server with the images. Devices that carry one go last in their tier, each alone.
     *
     * Items: One of them.
     */
    protectedEndpoints?: {
      /**
       * What it is, for people.
       */
      name: string;
      /**
       * The devices that it is attached to.
       *
       * Items: A device's name.
       */
      devices: string[];
    }[];
    /**
     * How traffic is taken off a device.
     */
    drain: {
      /**
       * At or below this rate on its fabric links a drained device counts as quiet.
       */
      quietBitsPerSecond: number;
      /**
       * The device takes a drain back by itself when it is not confirmed in this time.
       */
      confirmTimeout: string;
    };
  };
  /**
   * What the controller found.
   */
  status?: {
    /**
     * The ConfigMap with what every device said.
     */
    topologyRef?: {
      /**
       * The name of the ConfigMap.
       */
      name: string;
    };
    /**
     * How many devices there are.
     */
    counts?: {
      /**
       * Devices of the fabric.
       */
      devices: number;
      /**
       * Devices that answered when last asked.
       */
      reachable: number;
      /**
       * Devices taken out of service by an upgrade.
       */
      outOfService: number;
    };
    /**
     * When the devices were last read.
     */
    discoveredAt?: string;
    /**
     * The ledger; who took which device out of service. An entry stands before the drain and goes after the undrain.
     *
     * Items: One device that is out of service.
     */
    outOfService?: {
      /**
       * The device.
       */
      device: string;
      /**
       * The token of the holder, as the device carries it too.
       */
      holder: string;
      /**
       * Why.
       */
      reason: string;
      /**
       * Since when.
       */
      since: string;
      /**
       * What the device is reached with; both are held until the entry goes.
       */
      login?: {
        /**
         * The Secret with the credentials.
         */
        secretName: string;
        /**
         * The ConfigMap with the host keys.
         */
        configMapName: string;
      };
    }[];
    /**
     * What the steps of upgrades took in earlier campaigns, by model; plans reckon with it.
     *
     * Items: One step on devices of one model.
     */
    stepTimes?: {
      /**
       * The model, as the Fabric declares it.
       */
      model: string;
      /**
       * The name of the step.
       */
      step: string;
      /**
       * The median of the campaigns.
       */
      medianSeconds: number;
      /**
       * The medians of the last campaigns, the latest last.
       *
       * Items: What it took in a campaign, by the median of its devices.
       */
      campaignSeconds: number[];
      /**
       * The uid of the campaign that was counted last.
       */
      lastCampaign: string;
    }[];
    /**
     * What is wrong with devices, at most twenty.
     *
     * Items: One problem.
     */
    problems?: {
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
