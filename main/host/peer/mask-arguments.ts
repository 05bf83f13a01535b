const mask = '\u2026';
const longestArgument = 400;
const mostArguments = 64;

/** Names of options and variables whose value is nobody's business. */
const secretName =
  /(?:^|[-_])(?:api[-_]?key|key|token|secret|password|passwd|pass|auth|authorization|credentials?|bearer|cookie)$/i;

/** How keys of the usual services begin, and anything that looks like a signed token. */
const knownSecret =
  /\b(?:sk|pk|rk|gh[opsur]|github_pat|xox[abeprs]|tk|gsk|xai|hf|r8|pplx|AIza|AKIA|eyJ)[-_A-Za-z0-9.~+/=]{12,}/g;

/** A word long and mixed enough to be a key; paths, options and addresses have other characters in them. */
const looksRandom = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_+=-]{24,}$/;

/** A header given as an argument, such as `Authorization: Bearer …`. */
const headerValue = /^([\w-]*(?:authorization|api-key|token|cookie)[\w-]*\s*:\s*).+$/i;

/** A program's arguments as a person may see them: values that look like secrets are left out, very long ones cut. */
export function maskArguments(values: readonly string[]): readonly string[] {
  return values.slice(0, mostArguments).map((value, index) => {
    const before = values[index - 1];
    if (before !== undefined && isSecretOption(before) && !value.startsWith('-')) return mask;
    return shortened(maskOne(value));
  });
}

function isSecretOption(value: string): boolean {
  return value.startsWith('-') && !value.includes('=') && secretName.test(value.replace(/^-+/, ''));
}

function maskOne(value: string): string {
  const [name = '', assigned] = value.split(/=(.*)/s);
  if (assigned !== undefined && /^[-\w]+$/.test(name)) {
    const hidden = secretName.test(name.replace(/^-+/, '')) ? mask : maskOne(assigned);
    return `${name}=${hidden}`;
  }
  const header = headerValue.exec(value);
  if (header) return `${header[1]}${mask}`;
  if (looksRandom.test(value)) return mask;
  return value.replace(/(:\/\/[^/@\s:]*:)[^/@\s]+@/g, `$1${mask}@`).replace(knownSecret, mask);
}

function shortened(value: string): string {
  return value.length > longestArgument ? `${value.slice(0, longestArgument)}${mask}` : value;
}
