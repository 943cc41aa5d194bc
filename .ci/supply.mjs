// What Cashier is made of: every Go module and npm package, direct or not, with its version, its licence, and what it is
// part of. Ends with status 1 when a licence is not recognised, or is not one of those that were agreed to.
//
//   ./build.sh supply

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const agreed = ["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "Unlicense", "Zlib"];
// What is only used to build and test, and never handed on, may have these as well.
const agreedForTools = [...agreed, "LGPL-3.0-or-later"];

// What Go programs are made of; the rest of go.mod is for packages that a user may import, and for tests.
const programs = [
  { name: "cashier", folder: "./host/cmd/cashier" },
  { name: "demo", folder: "./host/cmd/demo" },
  { name: "Worker", folder: "./edge/operator", env: { GOOS: "js", GOARCH: "wasm" } },
  { name: "core.wasm", folder: "./wasm/guest" },
];

const unknown = [];
const rows = [...goModules(), ...["edge", "wasm", "js"].flatMap(npmPackages)];
print(["", "version", "licence", "", "part of"], rows);
const counts = rows.reduce((sum, [, , licence]) => sum.set(licence, (sum.get(licence) ?? 0) + 1), new Map());
console.log(`\n${[...counts].sort((a, b) => b[1] - a[1]).map(([licence, count]) => `${licence} ${count}`).join(", ")}`);
for (const name of unknown) console.error(`${name}: its licence is not one that was agreed to`);
process.exitCode = unknown.length ? 1 : 0;

function goModules() {
  const parts = new Map();
  for (const { name, folder, env } of programs) {
    for (const path of go(["list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", folder], env)) parts.set(path, (parts.get(path) ?? new Set()).add(name));
  }
  const required = go(["list", "-m", "-f", "{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{.Indirect}}\t{{.Main}}", ...requirements()]);
  return required.map((line) => line.split("\t")).map(([path, version, folder, indirect]) => {
    const licence = folder ? licenceOf(folder) : "not downloaded";
    check(path, licence, agreed);
    return [path, version, licence, indirect === "true" ? "indirect" : "direct", [...(parts.get(path) ?? ["packages and tests only"])].join(", ")];
  });
}

function requirements() {
  const { Require } = JSON.parse(execFileSync("go", ["mod", "edit", "-json"], { encoding: "utf8" }));
  execFileSync("go", ["mod", "download"], { stdio: ["ignore", "ignore", "inherit"] });
  return Require.map(({ Path }) => Path);
}

function go(args, env) {
  return execFileSync("go", args, { encoding: "utf8", env: { ...process.env, ...env } }).trim().split("\n").filter(Boolean);
}

/** The licence whose words the module's own file has. */
function licenceOf(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name)) ?? readdirSync(folder).find((name) => /^copying/i.test(name));
  if (!file) return "no file";
  const text = readFileSync(join(folder, file), "utf8").replace(/\s+/g, " ");
  if (/Apache License,? Version 2\.0/i.test(text)) return "Apache-2.0";
  if (/Mozilla Public License,? Version 2\.0/i.test(text)) return "MPL-2.0";
  if (/Redistribution and use in source and binary forms/.test(text)) return /Neither the name|may not be used to endorse/.test(text) ? "BSD-3-Clause" : "BSD-2-Clause";
  if (/Permission is hereby granted, free of charge/.test(text)) return "MIT";
  return `see ${file}`;
}

/** A folder's packages, from its lockfile; all of them are for building and testing only. */
function npmPackages(folder) {
  let lock;
  try {
    lock = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8"));
  } catch {
    return []; // it has no packages
  }
  const direct = new Set(Object.keys(lock.packages[""].devDependencies ?? {}));
  return Object.entries(lock.packages).filter(([path]) => path).map(([path, { version, license = "none named" }]) => {
    const name = path.replace(/^.*node_modules\//, "");
    check(name, license, agreedForTools);
    return [name, version, license, direct.has(name) && path === `node_modules/${name}` ? "direct" : "indirect", `tools of ${folder}/`];
  });
}

function check(name, licence, list) {
  if (!licence.replace(/[()]/g, "").split(" OR ").some((choice) => choice.split(" AND ").every((part) => list.includes(part)))) unknown.push(name);
}

function print(head, rows) {
  const width = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  for (const row of [head, ...rows]) console.log(row.map((cell, i) => cell.padEnd(width[i])).join("  ").trimEnd());
}
