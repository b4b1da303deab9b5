/** Values of attributes that the tables of PS3.3 name by a section of their own: read there by hand. */
import type { Terms } from './terms.ts';

export interface StatedTerms {
  /** An attribute at its root. */
  readonly module: string;
  readonly tag: string;
  readonly section: string;
  readonly terms: readonly Terms[];
}

/** Those in force, then those that are retired: both are defined. */
const modalities = words(`
  ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD IO IOL IVOCT IVUS KER
  KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE
  RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC
  AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST VF`);

const positions = words('HFP HFS HFDR HFDL FFP FFS FFDR FFDL LFP LFS RFP RFS AFDR AFDL PFDR PFDL');

const grey: Terms = ['E', 0, 'MONOCHROME1', 'MONOCHROME2'];
const one: Terms = ['E', 0, '1'];

export const statedTerms: readonly StatedTerms[] = [
  of('general-series', '00080060', 'C.7.3.1.1.1', ['D', 0, ...modalities]),
  of('general-series', '00185100', 'C.7.3.1.1.2', ['D', 0, ...positions]),
  of(
    'general-image',
    '00080008',
    'C.7.6.1.1.2',
    ['E', 1, 'ORIGINAL', 'DERIVED'],
    ['E', 2, 'PRIMARY', 'SECONDARY'],
  ),
  of('ct-image', '00080008', 'C.8.2.1.1.1', ['D', 3, 'AXIAL', 'LOCALIZER']),
  of('ct-image', '00280002', 'C.8.2.1.1.2', one),
  of('ct-image', '00280004', 'C.8.2.1.1.3', grey),
  of('ct-image', '00280100', 'C.8.2.1.1.4', ['E', 0, '16']),
  of('ct-image', '00280101', 'C.8.2.1.1.5', ['E', 0, '12', '13', '14', '15', '16']),
  of('mr-image', '00280002', 'C.8.3.1.1.2', one),
  of('mr-image', '00280004', 'C.8.3.1.1.3', grey),
  of('mr-image', '00280100', 'C.8.3.1.1.4', ['E', 0, '16']),
  of('pet-image', '00280004', 'C.8.9.4.1.2', ['E', 0, 'MONOCHROME2']),
  of('rt-image', '00280002', 'C.8.8.2.6.1', one),
  of('rt-image', '00280004', 'C.8.8.2.6.2', ['E', 0, 'MONOCHROME2']),
  of('rt-image', '00280100', 'C.8.8.2.6.3', ['E', 0, '8', '16']),
  of('rt-dose', '00280002', 'C.8.8.3.4.1', one),
  of('rt-dose', '00280004', 'C.8.8.3.4.2', ['E', 0, 'MONOCHROME2']),
  of('rt-dose', '00280100', 'C.8.8.3.4.3', ['E', 0, '16', '32']),
  of('segmentation-image', '00620010', 'C.8.20.2.3', ['E', 0, 'PROBABILITY', 'OCCUPANCY']),
];

function of(module: string, tag: string, section: string, ...terms: readonly Terms[]): StatedTerms {
  return { module, tag, section, terms };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
