"""What Vercel must know so that a frontend there is monitored here: drains, a webhook, an alert rule.

Imported explicitly, with the extra `vercel` installed (`pip install 'vigil-components[vercel]'`): no other
component needs Vercel's provider. `drain` has a dynamic resource for the drains that no provider has (Web
Analytics, Speed Insights), `frontend_drains` the component, `api` and `provider` what is behind the resource.
"""

from vigil_components.vercel.api import VercelApiError
from vigil_components.vercel.drain import Drain, DrainArgs
from vigil_components.vercel.frontend_drains import FrontendDrains, FrontendDrainsArgs, verification_code
from vigil_components.vercel.provider import DrainProvider

__all__ = [
    "Drain",
    "DrainArgs",
    "DrainProvider",
    "FrontendDrains",
    "FrontendDrainsArgs",
    "VercelApiError",
    "verification_code",
]
