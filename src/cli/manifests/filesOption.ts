/** `-f`, as kubectl has it: files and folders, given once or several times. */
import { Option } from "commander";

export function filesOption(): Option {
  return new Option("-f, --file <path...>", "manifests: files, or folders of *.yaml").makeOptionMandatory();
}
