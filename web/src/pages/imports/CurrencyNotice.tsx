import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { org as orgApi } from '../../api/endpoints';
import { useMay, useMe } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';

/** Money in another currency than the brand's counts in no total: said before the import, with a way out. */
export function CurrencyNotice({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const { org } = useMe();
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: () => orgApi.update({ currency }),
    onError: notify,
    onSuccess: () => Promise.all(['me', 'org', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  if (currency === org.currency) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t('imports.currencyDiffers', { currency: org.currency, other: currency })}
      description={t('imports.currencyWhat', { currency: org.currency })}
      action={
        may('org.settings') && (
          <Button size="small" loading={change.isPending} onClick={() => change.mutate()}>
            {t('imports.currencyChange', { other: currency })}
          </Button>
        )
      }
    />
  );
}
