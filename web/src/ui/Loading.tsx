import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';

/** What stands in a page's place until its data is there. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className="fp-loading" role="status" aria-label={t('common.loading')}>
      <Skeleton active title={{ width: '30%' }} paragraph={{ rows }} />
    </div>
  );
}
