/** Packages whose profiles come with the gateway, by name. */
export const shippedPackages = ['us-core-5.0.1'] as const;
export type ShippedPackage = (typeof shippedPackages)[number];
