/** Storage SOP classes that PS3.6, Table A-1 lists as retired, each with the IOD of the class that came after it. */

export const retired: readonly (readonly [uid: string, name: string, iod?: string])[] = [
  ['1.2.840.10008.5.1.1.27', 'Stored Print'],
  ['1.2.840.10008.5.1.1.29', 'Hardcopy Grayscale Image'],
  ['1.2.840.10008.5.1.1.30', 'Hardcopy Color Image'],
  ['1.2.840.10008.5.1.4.1.1.3', 'Ultrasound Multi-frame Image', 'ultrasound-multi-frame-image'],
  ['1.2.840.10008.5.1.4.1.1.5', 'Nuclear Medicine Image', 'nuclear-medicine-image'],
  ['1.2.840.10008.5.1.4.1.1.6', 'Ultrasound Image', 'ultrasound-image'],
  ['1.2.840.10008.5.1.4.1.1.8', 'Standalone Overlay'],
  ['1.2.840.10008.5.1.4.1.1.9', 'Standalone Curve'],
  ['1.2.840.10008.5.1.4.1.1.9.1', 'Waveform - Trial'],
  ['1.2.840.10008.5.1.4.1.1.10', 'Standalone Modality LUT'],
  ['1.2.840.10008.5.1.4.1.1.11', 'Standalone VOI LUT'],
  ['1.2.840.10008.5.1.4.1.1.12.3', 'X-Ray Angiographic Bi-Plane Image'],
  ['1.2.840.10008.5.1.4.1.1.77.1', 'VL Image - Trial'],
  ['1.2.840.10008.5.1.4.1.1.77.2', 'VL Multi-frame Image - Trial'],
  ['1.2.840.10008.5.1.4.1.1.88.1', 'Text SR - Trial'],
  ['1.2.840.10008.5.1.4.1.1.88.2', 'Audio SR - Trial'],
  ['1.2.840.10008.5.1.4.1.1.88.3', 'Detail SR - Trial'],
  ['1.2.840.10008.5.1.4.1.1.88.4', 'Comprehensive SR - Trial'],
  ['1.2.840.10008.5.1.4.1.1.129', 'Standalone PET Curve'],
  ['1.2.840.10008.5.1.4.34.1', 'RT Beams Delivery Instruction - Trial'],
];
