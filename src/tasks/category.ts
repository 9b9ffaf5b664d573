/** `LAPTOP#GENERAL` as it is written and compared: `laptop general`. */
export function plainCategory(category: string): string {
  return category.toLowerCase().replaceAll('#', ' ');
}
