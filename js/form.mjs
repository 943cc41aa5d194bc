export { bindForm } from "./form/bind.mjs";
