variable "role_name" {
  description = "Name of the role that every stack's function holds."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "A role name has 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "role_path" {
  description = "IAM path of the role."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.role_path))
    error_message = "A path starts and ends with a slash."
  }
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds what the role may ever do, or null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "The permissions boundary is the ARN of an IAM policy."
  }
}

variable "log_group_name" {
  description = "Name of the log group of the functions."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-]{1,512}$", var.log_group_name))
    error_message = "A log group name has 1 to 512 letters, digits and _ . / # -."
  }
}

variable "log_retention_days" {
  description = "Days for which the log is kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "The retention is one of the numbers of days that CloudWatch Logs offers, such as 1, 3, 5, 7, 14, 30, 60 or 90."
  }
}

variable "topic_name" {
  description = "Name of the topic for warnings and receipts."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.topic_name))
    error_message = "A topic name has 1 to 256 letters, digits, underscores and hyphens."
  }
}

variable "state_bucket_arn" {
  description = "ARN of the bucket that keeps states, stack records, journals and receipts."
  type        = string
}

variable "mail" {
  description = "Mail addresses to subscribe to the topic. Each gets one mail to confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.mail : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", address))])
    error_message = "A mail address has one @ and no spaces."
  }
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
