import type { Config, Core, FormValidation, Language } from "./index.js";

export interface FormOptions {
  core: Core | Promise<Core>;
  config?: Config;
  /** Asked at each check. */
  language?: () => Language | undefined;
  /** Milliseconds without typing after which a message may appear. */
  pause?: number;
}

export interface BoundForm {
  /** Whether the form is checked here; false when core.wasm could not be loaded, and the server checks. */
  readonly ready: Promise<boolean>;
  /** Checks again, after fields were added, filled or translated by a program. */
  check(): FormValidation | undefined;
  /** Treats these fields as never typed into, after a program emptied them. */
  forget(...names: string[]): void;
  /** Leaves the form to the browser again. */
  unbind(): void;
}

/**
 * Checks a form whose input names are the JSON pointers of an order's members. Messages go to the elements
 * `[data-error="/paymentAmount/value"]`, the list of all of them to `[data-errors]`, announcements to `[data-status]`.
 * Each check is dispatched on the form as `cashier:check`.
 */
export function bindForm(form: HTMLFormElement, options: FormOptions): BoundForm;

declare global {
  interface HTMLElementEventMap {
    "cashier:check": CustomEvent<FormValidation>;
  }
}
