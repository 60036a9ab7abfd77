// The benchmark's matrix without what only its other contenders have in the database. Imported before the gate, as that is.
import { definerFunctions } from '../../db/policies/definer-functions';
import '../ringfence/matrix';

for (const name of Object.keys(definerFunctions)) if (name.startsWith('peer.')) delete definerFunctions[name];
