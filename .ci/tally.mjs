// Reads the events of test runs, prints failures in full and the rest in one line a
// package or file, and adds "<passed> <failed>" to what build.sh counts (file $TALLY).
// Go:   go test -json ... | node tally.mjs
// Node: node --test --test-reporter=tally.mjs ...
//
// A skipped test is named; in continuous integration ($CI) it is a failure.

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

class Tally {
	passed = 0;
	failed = 0;

	pass() {
		this.passed++;
	}

	fail(name, output) {
		this.failed++;
		return `FAILED: ${name}\n${output.trimEnd()}\n`;
	}

	skip(name, reason) {
		if (process.env.CI) return this.fail(name, `skipped, which CI does not accept: ${reason}`);
		return `skipped: ${name}: ${reason}\n`;
	}

	save() {
		if (process.env.TALLY) writeFileSync(process.env.TALLY, `${this.passed} ${this.failed}\n`);
	}
}

// Node calls this with the events of its test runner.
export default async function* nodeEvents(events) {
	const tally = new Tally();
	const files = new Map(); // file -> passed tests and time
	for await (const { type, data } of events) {
		if (type === "test:stdout" || type === "test:stderr") yield data.message;
		if (type === "test:diagnostic" && !/^[a-z_]+ [\d.]+$/.test(data.message)) yield `${data.message}\n`;
		if (type !== "test:pass" && type !== "test:fail") continue;

		const file = relative("", data.file ?? "");
		const name = `${file}: ${data.name}`;
		const error = data.details.error;
		const left = data.skip ?? data.todo; // true or the reason
		if (left !== undefined) {
			yield tally.skip(name, left === true ? "no reason given" : left);
		} else if (type === "test:fail") {
			if (error?.failureType !== "subtestsFailed") yield tally.fail(name, describe(error));
		} else if (relative("", data.name) === file) {
			// The file counts as a passed test when it ends well without one.
			yield tally.fail(file, "it ended before any test did");
		} else if (data.details.type !== "suite") {
			tally.pass();
			const seen = files.get(file) ?? { passed: 0, ms: 0 };
			files.set(file, { passed: seen.passed + 1, ms: seen.ms + (data.nesting ? 0 : data.details.duration_ms) });
		}
	}
	for (const [file, { passed, ms }] of files) yield `ok ${file}: ${passed} passed, ${(ms / 1000).toFixed(1)} s\n`;
	tally.save();
}

function describe(error) {
	const cause = error?.cause;
	return String(cause?.stack ?? cause ?? error?.stack ?? error);
}

// goEvents reads the lines that `go test -json` writes.
async function goEvents(lines, print) {
	const tally = new Tally();
	const output = new Map(); // package, or package and test -> what it printed
	const parents = new Set(); // tests that have subtests
	const failures = new Set(); // packages and tests in which a failure was named
	const passes = new Map(); // package -> passed tests
	const key = (pack, test) => (test ? `${pack}: ${test}` : pack);
	const add = (id, text) => output.set(id, (output.get(id) ?? "") + text);

	for await (const line of lines) {
		let event;
		try {
			event = JSON.parse(line);
		} catch {
			print(`${line}\n`);
			continue;
		}
		const { Action: action, Package: pack, Test: test, Output: text } = event;
		if (action === "build-output") add(`build of ${event.ImportPath}`, text);
		if (action === "build-fail") {
			const id = `build of ${event.ImportPath}`;
			print(tally.fail(id, output.get(id) ?? ""));
		}
		const id = key(pack, test);
		const parent = test?.includes("/") ? key(pack, test.slice(0, test.lastIndexOf("/"))) : pack;
		if (action === "run") parents.add(parent);
		if (action === "output") add(id, text);
		if (action === "fail") {
			// Whatever named its failure already has only its own words to add.
			if (failures.has(id)) print(own(output.get(id)));
			else if (!event.FailedBuild) print(tally.fail(id, output.get(id) ?? ""));
			failures.add(parent);
		}
		if (action === "pass" && test && !parents.has(id)) {
			tally.pass();
			passes.set(pack, (passes.get(pack) ?? 0) + 1);
		}
		if (action === "pass" && !test && passes.has(pack)) {
			print(`ok ${pack}: ${passes.get(pack)} passed, ${event.Elapsed.toFixed(1)} s\n`);
		}
		// A package is skipped when it has no tests, which is nothing to tell.
		if (action === "skip" && test) {
			print(tally.skip(id, own(output.get(id)).trim() || "no reason given"));
		}
		if (test && ["pass", "fail", "skip"].includes(action)) output.delete(id);
	}
	tally.save();
	return tally;
}

// own leaves out the lines that only say what ran, passed or failed.
function own(output = "") {
	return output.replace(/^\s*(=== |--- |PASS\b|FAIL\b|exit status ).*\n/gm, "");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
	const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
	const { passed, failed } = await goEvents(lines, text => process.stdout.write(text));
	process.exitCode = failed || !passed ? 1 : 0;
}
