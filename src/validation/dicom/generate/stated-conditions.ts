/** Conditions of PS3.3 that were read by hand, since their sentences are not of the forms that `conditions.ts` reads. */
import type { Predicate } from '../conditions.ts';

export interface Stated {
  /** The modules it is for, or those of all whose attribute it is. */
  readonly modules: readonly string[] | 'all';
  readonly tag: string;
  /** An attribute that the same item has to have in the tables; null for none. */
  readonly beside: string | null;
  readonly when: Predicate;
  readonly section: string;
  /** The condition for a reader; null where the predicate's own words will do. */
  readonly words: string | null;
}

const IMAGE = '1.2.840.10008.5.1.4.1.1';

/** Those whose images are placed by Image Position and Image Orientation (Patient or Slide): PS3.3, C.7.6.1.1.1. */
const placedImages = [
  ...[
    '2',
    '2.1',
    '2.2',
    '4',
    '4.1',
    '4.2',
    '4.3',
    '4.4',
    '20',
    '30',
    '66.4',
    '77.1.6',
    '128',
    '128.1',
    '130',
    '481.2',
  ],
].map((arc) => `${IMAGE}.${arc}`);

/** Waveforms of the heart, the voice and the breath: no parts of a pair. */
const unpairedWaveforms = [
  ...['9.1.1', '9.1.2', '9.1.3', '9.1.4', '9.3.1', '9.4.1', '9.4.2', '9.6.1', '9.6.2'],
].map((arc) => `${IMAGE}.${arc}`);

/** Body parts that there are once (PS3.16, annex L): whoever names one of them need not say on which side it is. */
const unpaired = [
  ...['ABDOMEN', 'ABDOMENPELVIS', 'AORTA', 'BACK', 'BLADDER', 'BRAIN', 'CEREBELLUM', 'CERVIX', 'CHEST'],
  ...[
    'CHESTABDOMEN',
    'CHESTABDPELVIS',
    'CIRCLEOFWILLIS',
    'COCCYX',
    'COLON',
    'CORONARYARTERY',
    'CSPINE',
    'CTSPINE',
  ],
  ...[
    'DUODENUM',
    'ESOPHAGUS',
    'FACE',
    'GALLBLADDER',
    'HEAD',
    'HEADNECK',
    'HEART',
    'ILEUM',
    'ILIUM',
    'JAW',
    'JEJUNUM',
  ],
  ...['LARYNX', 'LIVER', 'LSPINE', 'LSSPINE', 'MAXILLA', 'MEDIASTINUM', 'MOUTH', 'NECK', 'NECKCHEST'],
  ...[
    'NECKCHESTABDOMEN',
    'NECKCHESTABDPELV',
    'NOSE',
    'PANCREAS',
    'PELVIS',
    'PENIS',
    'PHARYNX',
    'PROSTATE',
    'RECTUM',
  ],
  ...[
    'SCALP',
    'SKULL',
    'SPINE',
    'SPLEEN',
    'SSPINE',
    'STERNUM',
    'STOMACH',
    'THYMUS',
    'THYROID',
    'TLSPINE',
    'TONGUE',
  ],
  ...['TRACHEA', 'TSPINE', 'URETER', 'URETHRA', 'UTERUS', 'VAGINA', 'VULVA', 'WHOLEBODY'],
];

const animal: Predicate = ['any', ['has', '00102201'], ['has', '00102202']];

export const stated: readonly Stated[] = [
  of(
    'general-series',
    '00200060',
    'C.7.3.1',
    [
      'all',
      ...absent('00200062', '00240113', '00620002', '00400560'),
      ['not', ['within', '52009229', ['has', '00209071']]],
      ['not', ['within', '52009230', ['has', '00209071']]],
      ['not', ['is', '00080060', 1, 'ECG', 'EPS', 'RESP', 'AU']],
      ['not', ['is', '00080016', 1, ...unpairedWaveforms]],
      ['not', ['is', '00180015', 1, ...unpaired]],
    ],
    'the body part is one of a pair, or not told, and no other attribute says on which side it is',
  ),
  of(
    'general-series',
    '00185100',
    'C.7.3.1',
    [
      'all',
      ['is', '00080016', 1, ...['2', '2.1', '4', '4.1', '4.2', '4.3'].map((arc) => `${IMAGE}.${arc}`)],
      ...absent('00540410'),
    ],
    'the object is of CT or MR, and Patient Orientation Code Sequence (0054,0410) is not there',
  ),
  of(
    'general-image',
    '00200020',
    'C.7.6.1',
    [
      'all',
      ['not', ['is', '00080016', 1, ...placedImages]],
      ['not', ['within', '52009229', ['has', '00209116']]],
      ['not', ['within', '52009230', ['has', '00209116']]],
    ],
    'the SOP class does not place its images by position and orientation',
  ),
  of('general-equipment', '00280120', 'C.7.5.1', [
    'all',
    ['has', '00280121'],
    ['any', ['has', '7fe00010'], ['has', '00287fe0']],
  ]),
  of('modality-lut', '00283000', 'C.11.1', ['all', ...absent('00281052')]),
  // An animal is a patient with a species.
  ...['00102293', '00102294', '00102297', '00102299'].map((tag) => of('patient', tag, 'C.7.1.1', animal)),
  of('patient-study', '00102203', 'C.7.2.2', animal),
  anywhere('00080100', '8.8', ['all', ...absent('00080119', '00080120')]),
  anywhere('00080119', '8.8', ['all', ...absent('00080100', '00080120')]),
  anywhere('00080120', '8.8', ['all', ...absent('00080100', '00080119')]),
  anywhere('00080105', '8.8', ['has', '0008010f']),
  anywhere('00080106', '8.8', ['has', '0008010f']),
  anywhere('00080102', '8.8', ['any', ['has', '00080100'], ['has', '00080119']]),
  anywhere('52009230', 'C.7.6.16', ['not', ['is', '00209311', 1, 'TILED_FULL']]),
  of('multi-frame-dimension', '00209222', 'C.7.6.17', ['not', ['is', '00209311', 1, 'TILED_FULL']]),
  ...['1', '2', '3'].map((color) =>
    of('image-pixel', `0028120${color}`, 'C.7.6.3', [
      'all',
      ['any', ['is', '00280004', 1, 'PALETTE COLOR'], ['is', '00089205', 1, 'COLOR', 'MIXED']],
      ['not', ['has', `0028122${color}`]],
    ]),
  ),
  ...['1', '2', '3'].map((color) =>
    of('palette-color-lookup-table', `0028120${color}`, 'C.7.9', ['not', ['has', `0028122${color}`]]),
  ),
  ...contentItem([
    [
      '0040a043',
      [
        'any',
        ['is', '0040a040', 1, 'TEXT', 'NUM', 'CODE', 'DATETIME', 'DATE', 'TIME', 'UIDREF', 'PNAME'],
        ['all', ['is', '0040a040', 1, 'CONTAINER'], ...absent('0040a010')],
      ],
      'C.17.3',
    ],
    ['00081199', ['is', '0040a040', 1, 'IMAGE', 'COMPOSITE', 'WAVEFORM'], 'C.18.3'],
    ['0040a050', ['is', '0040a040', 1, 'CONTAINER'], 'C.18.8'],
    ['0040a120', ['is', '0040a040', 1, 'DATETIME'], 'C.17.3'],
    ['0040a121', ['is', '0040a040', 1, 'DATE'], 'C.17.3'],
    ['0040a122', ['is', '0040a040', 1, 'TIME'], 'C.17.3'],
    ['0040a123', ['is', '0040a040', 1, 'PNAME'], 'C.17.3'],
    ['0040a124', ['is', '0040a040', 1, 'UIDREF'], 'C.17.3'],
    ['0040a130', ['is', '0040a040', 1, 'TCOORD'], 'C.18.7'],
    ['0040a132', ['all', ['is', '0040a040', 1, 'TCOORD'], ...absent('0040a138', '0040a13a')], 'C.18.7'],
    ['0040a138', ['all', ['is', '0040a040', 1, 'TCOORD'], ...absent('0040a132', '0040a13a')], 'C.18.7'],
    ['0040a13a', ['all', ['is', '0040a040', 1, 'TCOORD'], ...absent('0040a132', '0040a138')], 'C.18.7'],
    ['0040a160', ['is', '0040a040', 1, 'TEXT'], 'C.17.3'],
    ['0040a168', ['is', '0040a040', 1, 'CODE'], 'C.18.2'],
    ['0040a300', ['is', '0040a040', 1, 'NUM'], 'C.18.1'],
    ['0040a801', ['is', '0040a040', 1, 'TABLE'], 'C.17.3'],
    ['00700022', ['is', '0040a040', 1, 'SCOORD', 'SCOORD3D'], 'C.18.6'],
    ['00700023', ['is', '0040a040', 1, 'SCOORD', 'SCOORD3D'], 'C.18.6'],
    ['30060024', ['is', '0040a040', 1, 'SCOORD3D'], 'C.18.9'],
  ]),
];

/** The frame of reference is that of the patient (PS3.3, C.7.4.1.1.2). */
const ofPatient: Predicate = ['not', ['is', '00201040', 1, 'SLIDE_CORNER']];
const derived: Predicate = [
  'any',
  ['within', '52009229', ['has', '00089124']],
  ['within', '52009230', ['has', '00089124']],
];

/** When an IOD requires functional group macros, by their names. */
export const statedMacros: readonly (readonly [
  iods: readonly string[],
  macros: readonly string[],
  when: Predicate,
  section: string,
])[] = [
  [
    ['segmentation'],
    ['pixel-measures', 'plane-position-patient', 'plane-orientation-patient'],
    ['all', ofPatient, ['not', derived]],
    'A.51.5.1',
  ],
  // It is not empty where there are dimensions: each frame has its index values.
  [['segmentation'], ['frame-content'], ['has', '00209222'], 'A.51.5.1'],
  [['parametric-map'], ['plane-position-patient', 'plane-orientation-patient'], ofPatient, 'A.75.5.1'],
];

/**
 * Modules that not any of their attributes shows: machines write the volume and the dose of a contrast medium, zero, where none
 * was used.
 */
export const shownBy: ReadonlyMap<string, string> = new Map([['contrast-bolus', '00180010 00180012']]);

/** The keys of directory records (PS3.3, F.5.1 to F.5.4) by the type of record. */
export const recordKeys: readonly (readonly [record: string, tag: string, type: '1' | '2'])[] = [
  ['PATIENT', '00100010', '2'],
  ['PATIENT', '00100020', '1'],
  ['STUDY', '00080020', '1'],
  ['STUDY', '00080030', '1'],
  ['STUDY', '00080050', '2'],
  ['STUDY', '00081030', '2'],
  ['STUDY', '00200010', '1'],
  ['SERIES', '00080060', '1'],
  ['SERIES', '0020000e', '1'],
  ['SERIES', '00200011', '1'],
  ['IMAGE', '00200013', '1'],
];

/**
 * Where a module's type is to override the one that another module has (PS3.3, C.8.6.1, C.24.1 and C.8.6.3), although it
 * demands less; or its values, since an image of several frames may be of both kinds (MIXED).
 */
export const overrides: readonly (readonly [module: string, tag: string])[] = [
  ['sc-equipment', '00080060'],
  ['encapsulated-document-series', '00080060'],
  ['sc-multi-frame-image', '00280009'],
  ['enhanced-us-image', '00080008'],
  ['photoacoustic-image', '00080008'],
];

function of(
  module: string,
  tag: string,
  section: string,
  when: Predicate,
  words: string | null = null,
): Stated {
  return { modules: [module], tag, beside: null, when, section, words };
}

function anywhere(tag: string, section: string, when: Predicate): Stated {
  return { modules: 'all', tag, beside: null, when, section, words: null };
}

/**
 * The attributes of a content item of a structured report depend on its Value Type: the tables have the macros of all value
 * types side by side. Content Template Sequence marks such an item.
 */
function contentItem(rows: readonly (readonly [tag: string, when: Predicate, section: string])[]): Stated[] {
  return rows.map(([tag, when, section]) => ({
    modules: 'all',
    tag,
    beside: '0040a504',
    when,
    section,
    words: null,
  }));
}

function absent(...tags: readonly string[]): readonly Predicate[] {
  return tags.map((tag) => ['not', ['has', tag]] as const);
}
