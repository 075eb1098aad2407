/** `-f`, as kubectl has it: files and folders, given once or several times. */
import { Option } from "commander";

export function filesOption(): Option {
  return optionalFilesOption().makeOptionMandatory();
}

/** For commands that read a cluster instead, too. */
export function optionalFilesOption(): Option {
  return new Option("-f, --file <path...>", "manifests: files, or folders of *.yaml; - for standard input");
}
