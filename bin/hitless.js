#!/usr/bin/env node
/** `hitless`. */
import { launch } from "./launch.js";

launch("main");
