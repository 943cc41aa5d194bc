/** Amounts beside those that Intl writes, for every locale that core.wasm knows: each of its languages in each region. */

import assert from "node:assert/strict";
import test from "node:test";
import { formatAmount } from "../index.mjs";
import { core } from "./support/core.mjs";

const languages = (
  "en zh ja ko th de fr es it nl pt el da sv nb nn no fi is pl cs sk sl hr hu ro bg uk ru et lv lt tr vi id ms fil hi he ca"
).split(" ");

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
const regions = letters.flatMap((a) => letters.map((b) => a + b)).filter((region) => names.of(region));
const locales = languages.flatMap((language) => [language, ...[...regions, "419", "001", "150"].map((region) => `${language}-${region}`)]);

// The table in core.wasm is of this release of CLDR. Others differ in kinds of blanks and apostrophes, and in the
// regions that they have for English and Spanish.
const exact = process.versions.cldr.startsWith("48");
const fold = (text) => (exact ? text : text.replace(/[\u00a0\u202f]/g, " ").replace(/’/g, "'"));
const compared = exact ? locales : locales.filter((locale) => !/^(en|es|pt|fr|ms)-/.test(locale));

test("amounts are grouped and pointed as Intl does it", (t) => {
  assert.ok(regions.length > 240 && compared.length > 8000, `${compared.length} locales`);
  const different = [];
  for (const locale of compared) {
    const intl = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, useGrouping: "always" });
    for (const [value, number] of [["123456789", 1234567.89], ["123450", 1234.5], ["99", 0.99]]) {
      const got = formatAmount(core, value, "USD", locale);
      if (fold(got) !== fold(intl.format(number))) different.push(`${locale}: ${got}, Intl ${intl.format(number)}`);
    }
  }
  assert.deepEqual(different, []);
  t.diagnostic(`${compared.length} locales, CLDR ${process.versions.cldr}`);
});

test("a locale in another spelling is the same locale", () => {
  for (const [locale, plain] of [["de_CH", "de-CH"], ["DE-ch", "de-CH"], ["de_AT.UTF-8", "de-AT"], ["de_CH@euro", "de-CH"], ["es-Latn-MX", "es-MX"], ["en-u-ca-buddhist", "en"], ["en-IN-u-nu-latn", "en-IN"]]) {
    assert.equal(formatAmount(core, "123456789", "USD", locale), formatAmount(core, "123456789", "USD", plain), locale);
  }
});
