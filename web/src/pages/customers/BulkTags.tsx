import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Tag } from '../../api/types';
import { useNotifyProblem } from '../../ui/ProblemView';

/** Adds tags to, or takes them from, the chosen rows; afterwards it can be undone. */
export function BulkTags({ chosen, tags, onDone }: { chosen: string[]; tags: Tag[]; onDone: () => void }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['persons'] });

  const save = useMutation({
    mutationFn: persons.tagMany,
    onError: notify,
    onSuccess: async () => {
      setOpen(false);
      notification.success({ title: t('customers.tagged', { count: chosen.length }), duration: 5 });
      setAdd([]);
      setRemove([]);
      onDone();
      await refresh();
    },
  });
  const options = tags.map((x) => ({ value: x.id, label: x.group ? `${x.group} / ${x.name}` : x.name }));
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('customers.tagMany')}</Button>
      <Modal
        open={open}
        onCancel={() => setOpen(false)}
        title={t('customers.tagManyTitle', { count: chosen.length })}
        okText={t('common.save')}
        okButtonProps={{ disabled: add.length + remove.length === 0, loading: save.isPending }}
        onOk={() => save.mutate({ person_ids: chosen, add, remove })}
      >
        <div className="fp-stack">
          <label className="fp-stack-label">
            {t('customers.addTags')}
            <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options.filter((o) => !remove.includes(o.value))} value={add} onChange={setAdd} />
          </label>
          <label className="fp-stack-label">
            {t('customers.removeTags')}
            <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options.filter((o) => !add.includes(o.value))} value={remove} onChange={setRemove} />
          </label>
        </div>
      </Modal>
    </>
  );
}
