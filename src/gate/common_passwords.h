#pragma once

#include <string_view>

namespace gamekeeper::gate {

/// Whether the password is among the 3 000 commonest, in whatever case. The list: common_passwords.txt.
bool is_common_password(std::string_view password);

}  // namespace gamekeeper::gate
