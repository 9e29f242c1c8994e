import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { imports, type Encoding } from '../../api/endpoints';
import type { ImportKind, Mapping, Preset, Upload } from '../../api/types';
import { useMe } from '../../app/me';
import { assign, missing, sanitize, withPreset, type ImportOptions } from '../../lib/importMapping';

/** The state of the import form: the upload as it was read, what its columns mean, and the options. */
export function useMapping(first: Upload, presets: Preset[]) {
  const { org } = useMe();
  const [upload, setUpload] = useState(first);
  const [mapping, setMapping] = useState<Mapping>(() => sanitize(first.guess.kind, first.guess.mapping, first.columns));
  const recognised = (u: Upload) => presets.find((p) => p.name === u.guess.preset);
  const [options, setOptions] = useState<ImportOptions>(() => {
    const plain: ImportOptions = {
      kind: first.guess.kind,
      preset: first.guess.preset,
      source: '',
      timeLayout: first.guess.time_layout,
      timeZone: org.time_zone,
      currency: org.currency,
      refundPrefix: '',
      negativeRefunds: false,
      encoding: first.encoding,
      channel: '',
    };
    // A file of a known kind brings its own zone, currency and refunds.
    const preset = recognised(first);
    return preset ? withPreset(plain, preset) : plain;
  });
  const [layoutSettled, setLayoutSettled] = useState(false);
  const set = (change: Partial<ImportOptions>) => setOptions((o) => ({ ...o, ...change }));

  // Another encoding or kind is another reading of the file: the server reads it again.
  const reread = useMutation({
    mutationFn: (v: { encoding?: Encoding; kind?: ImportKind }) =>
      imports.preview(first.upload_id, { encoding: v.encoding ?? (options.encoding as Encoding), kind: v.kind ?? options.kind }),
    onSuccess: (again, v) => {
      const kind = v.kind ?? options.kind;
      setUpload(again);
      const preset = recognised(again);
      setOptions((o) => {
        const next = { ...o, kind, encoding: v.encoding ?? o.encoding, preset: again.guess.preset, timeLayout: again.guess.time_layout };
        return preset ? withPreset(next, preset) : next;
      });
      setMapping(sanitize(kind, again.guess.mapping, again.columns));
      setLayoutSettled(false);
    },
  });

  const ambiguous = layoutSettled || !mapping.time ? [] : upload.guess.ambiguous_layouts;
  const lacks = missing(options.kind, mapping);
  return {
    upload,
    mapping,
    options,
    set,
    reread,
    ambiguous,
    lacks: ambiguous.length > 0 ? [...lacks, 'layout'] : lacks,
    means: (column: string, field: string | undefined) => {
      setMapping((m) => assign(m, column, field));
      set({ preset: '' });
    },
    settleLayout: (timeLayout: string) => {
      set({ timeLayout });
      setLayoutSettled(true);
    },
    applyPreset: (preset: Preset) => {
      setOptions((o) => withPreset(o, preset));
      setMapping(sanitize(preset.kind as ImportKind, preset.mapping, upload.columns));
      setLayoutSettled(true);
    },
  };
}
