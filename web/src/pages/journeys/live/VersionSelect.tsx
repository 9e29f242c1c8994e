import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type JourneyVersion } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';

/** What was published of a journey, and the one that is looked at; 0 is all. */
export function useVersion(j: JourneyFull, chosen: number): { all: JourneyVersion[]; version: number; spec: JourneyFull['draft'] } {
  const versions = useQuery({ queryKey: ['journey-versions', j.id, j.version], queryFn: () => journeys.versions(j.id), enabled: j.version > 1, refetchInterval: j.status === 'live' ? 15_000 : false });
  const version = chosen > 0 && chosen <= j.version ? chosen : 0;
  const older = useQuery({ queryKey: ['journey-version', j.id, version], queryFn: () => journeys.version(j.id, version), enabled: version > 0 && version < j.version });
  const newest = j.published ?? j.draft;
  return { all: versions.data?.items ?? [], version, spec: version > 0 && version < j.version ? (older.data ?? newest) : newest };
}

/** Chooses of which version one is told. There is nothing to choose while there is one only. */
export function VersionSelect({ all, version, onChange }: { all: JourneyVersion[]; version: number; onChange: (version: number) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (all.length < 2) return null;
  return (
    <Select
      value={version}
      aria-label={t('journeys.live.version')}
      style={{ minWidth: 190 }}
      onChange={onChange}
      options={[{ value: 0, label: t('journeys.live.allVersions') }, ...all.map((v) => ({ value: v.version, label: t('journeys.live.versionOf', { n: v.version, day: f.date(v.published_at), count: v.inside }) }))]}
    />
  );
}
