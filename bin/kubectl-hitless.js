#!/usr/bin/env node
/** `kubectl hitless`: kubectl runs the first `kubectl-hitless` on the PATH, which is a link to this file. */
import { launch } from "./launch.js";

launch("kubectlPlugin");
