/** Which sequence a functional group macro of PS3.3, C.7.6.16 and C.8 is: the macros of an IOD are tabled by name. */
import type { AttributeRow } from './standard.ts';
import { bare } from './standard.ts';

/** Where the sequence is not named like its macro. */
const otherwise: ReadonlyMap<string, string> = new Map([
  ['breast-biopsy-target', 'BiopsyTargetSequence'],
  ['breast-x-ray-acquisition-dose', 'XRayAcquisitionDoseSequence'],
  ['breast-x-ray-detector', 'DetectorPositionSequence'],
  ['breast-x-ray-geometry', 'XRayGeometrySequence'],
  ['breast-x-ray-isocenter-reference-system', 'IsocenterReferenceSystemSequence'],
  ['breast-x-ray-positioner', 'PositionerPositionSequence'],
  ['ct-pixel-value-transformation', 'PixelValueTransformationSequence'],
  ['frame-voi-lut-with-lut', 'FrameVOILUTSequence'],
  ['identity-pixel-value-transformation', 'PixelValueTransformationSequence'],
  ['image-frame-conversion-source', 'ConversionSourceAttributesSequence'],
  ['photoacoustic-image-data-type', 'ImageDataTypeSequence'],
  ['photoacoustic-reconstruction-algorithm', 'ReconstructionAlgorithmSequence'],
  ['plane-orientation-patient', 'PlaneOrientationSequence'],
  ['plane-orientation-volume', 'PlaneOrientationVolumeSequence'],
  ['plane-position-patient', 'PlanePositionSequence'],
  ['plane-position-slide', 'PlanePositionSlideSequence'],
  ['plane-position-volume', 'PlanePositionVolumeSequence'],
  ['rt-image-frame-radiation-acquisition-parameters', 'RTImageFrameRadiationAcquisitionSequence'],
  ['segmentation', 'SegmentIdentificationSequence'],
  ['x-ray-calibration-device-usage', 'CalibrationSequence'],
  ['x-ray-collimator', 'CollimatorShapeSequence'],
  ['x-ray-exposure-control-sensing-regions', 'ExposureControlSensingRegionsSequence'],
  ['x-ray-field-of-view', 'FieldOfViewSequence'],
  ['x-ray-frame-acquisition', 'FrameAcquisitionSequence'],
  ['x-ray-frame-characteristics', 'XAXRFFrameCharacteristicsSequence'],
  ['x-ray-frame-detector-parameters', 'FrameDetectorParametersSequence'],
  ['x-ray-frame-pixel-data-properties', 'FramePixelDataPropertiesSequence'],
  ['x-ray-isocenter-reference-system', 'IsocenterReferenceSystemSequence'],
  ['x-ray-object-thickness', 'ObjectThicknessSequence'],
  ['x-ray-positioner', 'PositionerPositionSequence'],
  ['x-ray-projection-pixel-calibration', 'ProjectionPixelCalibrationSequence'],
  ['x-ray-table-position', 'TablePositionSequence'],
]);

/** The tag of the macro's sequence; null for one that is no sequence. */
export function macroSequence(macro: string, attributes: readonly AttributeRow[]): string | null {
  const keyword = otherwise.get(macro);
  const isIt = (row: AttributeRow): boolean =>
    keyword === undefined ? letters(row.keyword) === `${letters(macro)}sequence` : row.keyword === keyword;
  const row = attributes.find(isIt);
  return row === undefined ? null : bare(row.tag);
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
