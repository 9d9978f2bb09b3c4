/** The operator's name: in its lease, its metrics and its requests, on each object that it manages, in each run's connection. */
export const operatorName = 'session-store-operator';

/** The names under which Kubernetes knows this API; everything else derives them from here. */
export const group = 'sessionstore.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;
export const kind = 'SessionStore';
export const plural = 'sessionstores';
export const singular = 'sessionstore';
export const shortName = 'sess';

/** A new value of this annotation makes the operator reconcile the store and retry a failed set-up at once. */
export const requestAnnotation = `${group}/reconcile-requested-at`;

/** A new value of this annotation makes the operator start one clean-up as soon as a run may start. */
export const cleanupRequestAnnotation = `${group}/cleanup-requested-at`;
