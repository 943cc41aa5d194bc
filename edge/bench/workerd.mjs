// One workerd process with a Worker on each port. Durable Objects keep their files in a folder in memory, so that only the
// Workers' own work is timed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import workerd from "workerd";

/**
 * @param {string} folder for the config and the modules
 * @param {string} disk a folder in memory for the files of the objects
 * @param {object[]} workers name, modules, vars, `objects` (classes of Durable Objects by binding), and the names of bindings that limit rates
 * @returns {Promise<{ports: Record<string, number>, pid: number, stop: () => Promise<void>}>}
 */
export async function startWorkerd(folder, disk, workers, options = []) {
  const ports = {};
  for (const { name } of workers) ports[name] = await freePort();
  await writeFile(join(folder, "limit.mjs"), await readFile(new URL("stubs/limit.mjs", import.meta.url)));
  const services = [];
  for (const worker of workers) services.push(...(await service(folder, disk, worker)));
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")},
    (name = "internet", network = (allow = ["local"]))
  ],
  sockets = [${workers.map(({ name }) => `(name = "${name}", address = "127.0.0.1:${ports[name]}", http = (), service = "${name}")`).join(", ")}],
  extensions = [(modules = [(name = "bench:limit", internal = true, esModule = embed "limit.mjs")])]
);
`;
  await writeFile(join(folder, "config.capnp"), config);
  // What the Workers log is made and thrown away, as it leaves the process in production too.
  const child = spawn(workerd.default ?? workerd, ["serve", ...options, "config.capnp"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (text) => (complaints = (complaints + text).slice(-4000)));
  const ended = once(child, "exit");
  for (const port of Object.values(ports)) {
    await until(port, ended, () => complaints);
  }
  return {
    ports,
    pid: child.pid,
    complaints: () => complaints,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function service(folder, disk, { name, modules, vars = {}, compatibilityDate, compatibilityFlags = [], objects = {}, limits = [] }) {
  await mkdir(join(folder, "modules", name), { recursive: true });
  const list = [];
  for (const module of modules) {
    await writeFile(join(folder, "modules", name, module.name), module.content);
    list.push(`(name = ${JSON.stringify(module.name)}, ${module.kind} = embed ${JSON.stringify(`modules/${name}/${module.name}`)})`);
  }
  const bindings = [
    ...Object.entries(vars).map(([key, value]) => `(name = "${key}", text = ${JSON.stringify(value)})`),
    ...Object.entries(objects).map(([binding, className]) => `(name = "${binding}", durableObjectNamespace = "${className}")`),
    ...limits.map((binding) => `(name = "${binding}", wrapped = (moduleName = "bench:limit"))`),
  ];
  const flags = compatibilityFlags.map((flag) => JSON.stringify(flag)).join(", ");
  const classes = [...new Set(Object.values(objects))];
  const storage = `durableObjectNamespaces = [${classes.map((each) => `(className = "${each}", uniqueKey = "${name}-${each}", enableSql = true)`).join(", ")}],
      durableObjectStorage = (localDisk = "${name}-disk"),`;
  const path = join(disk, name);
  if (classes.length > 0) await mkdir(path, { recursive: true });
  return [
    `(name = "${name}", worker = (compatibilityDate = "${compatibilityDate}", compatibilityFlags = [${flags}],
      modules = [${list.join(", ")}],
      ${classes.length > 0 ? storage : ""}
      bindings = [${bindings.join(",\n        ")}]))`,
    ...(classes.length > 0 ? [`(name = "${name}-disk", disk = (path = ${JSON.stringify(path)}, writable = true))`] : []),
  ];
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(port, ended, complaints) {
  const dead = ended.then(([code]) => Promise.reject(new Error(`workerd ended with ${code}: ${complaints()}`)));
  for (let tries = 0; tries < 300; tries++) {
    const answer = await Promise.race([fetch(`http://127.0.0.1:${port}/nothing`).catch(() => null), dead]);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`workerd does not answer: ${complaints()}`);
}
