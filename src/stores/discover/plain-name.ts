/** `expires_at` and `expiresAt` are one name: tools that write a schema differ in that. */
export const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
