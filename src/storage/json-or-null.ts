/** The value of a JSON text; null where it is none, for schemas that refuse null to judge with the rest. */
export function jsonOrNull(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
