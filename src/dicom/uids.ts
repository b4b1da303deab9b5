/** Unique identifiers (PS3.5, 9; PS3.6, annex A): those that are told apart here, and who we are. */

export const uids = {
  verification: '1.2.840.10008.1.1',
  applicationContext: '1.2.840.10008.3.1.1.1',
  implicitLittleEndian: '1.2.840.10008.1.2',
  explicitLittleEndian: '1.2.840.10008.1.2.1',
  deflatedLittleEndian: '1.2.840.10008.1.2.1.99',
  explicitBigEndian: '1.2.840.10008.1.2.2',
} as const;

/** Derived from a UUID (PS3.5, B.2), so that no registered root is needed. */
export const implementationClassUid = '2.25.189526936094068702950676219846632552628';
/** At most 16 characters (PS3.7, D.3.3.2.3). */
export const implementationVersion = 'HEALTHOS_1';

/** Digits and dots, at most 64: also what is not quite well-formed is passed on as it came, to be judged later. */
export function isUid(text: string): boolean {
  return /^[0-9][0-9.]{0,63}$/.test(text);
}

const DICOM_ROOT = '1.2.840.10008.';

/** Storage classes in the standard (PS3.4, B.5 and GG.3) lie under these; a few stand alone. */
const storageRoots = [
  '1.2.840.10008.5.1.4.1.1.',
  '1.2.840.10008.5.1.4.38.1',
  '1.2.840.10008.5.1.4.39.1',
  '1.2.840.10008.5.1.4.43.1',
  '1.2.840.10008.5.1.4.44.1',
  '1.2.840.10008.5.1.4.45.1',
  '1.2.840.10008.5.1.4.34.7',
  '1.2.840.10008.5.1.4.34.10',
];

/** Whether objects of the class can be stored: those of the standard's storage classes, and whatever is no standard's. */
export function isStorageClass(uid: string): boolean {
  if (!uid.startsWith(DICOM_ROOT)) return true;
  return storageRoots.some((root) => (root.endsWith('.') ? uid.startsWith(root) : uid === root));
}
