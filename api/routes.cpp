#include "api/routes.hpp"

#include "api/accounts.hpp"
#include "api/catalogue.hpp"
#include "api/members.hpp"
#include "api/orders.hpp"
#include "api/reports.hpp"
#include "api/shop_info.hpp"

#include <iterator>
#include <utility>

namespace upline::api {

const Router<Endpoint>& routes() {
  static const Router<Endpoint> all = [] {
    std::vector<Route<Endpoint>> table;
    for (auto& part :
         {order_routes(), member_routes(), account_routes(), catalogue_routes(), report_routes(), shop_info_routes()}) {
      table.insert(table.end(), part.begin(), part.end());
    }
    return Router<Endpoint>(std::move(table));
  }();
  return all;
}

}  // namespace upline::api
