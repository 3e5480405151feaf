#include "api/routes.hpp"

#include "api/accounts.hpp"
#include "api/batch.hpp"
#include "api/catalogue.hpp"
#include "api/gateways.hpp"
#include "api/journal_reports.hpp"
#include "api/members.hpp"
#include "api/orders.hpp"
#include "api/reports.hpp"
#include "api/settlements.hpp"
#include "api/shop_info.hpp"
#include "api/webhooks/routes.hpp"

#include <iterator>
#include <utility>

namespace upline::api {

const Router<Endpoint>& routes() {
  static const Router<Endpoint> all = [] {
    std::vector<Route<Endpoint>> table;
    for (auto& part :
         {order_routes(), batch_routes(), gateway_routes(), member_routes(), account_routes(), catalogue_routes(),
          report_routes(), journal_routes(), settlement_routes(), shop_info_routes(), webhook_routes()}) {
      table.insert(table.end(), part.begin(), part.end());
    }
    return Router<Endpoint>(std::move(table));
  }();
  return all;
}

}  // namespace upline::api
