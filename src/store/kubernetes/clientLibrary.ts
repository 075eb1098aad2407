/**
 * What is used of the client library: kubeconfigs, and how their users authenticate. The library loads a class for each
 * kind that Kubernetes has; a build puts a bundle of what these need in the place of this file (`scripts/build.ts`).
 */
export { HttpMethod, KubeConfig, RequestContext } from "@kubernetes/client-node";
