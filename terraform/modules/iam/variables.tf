variable "name" {
  description = "Name of the stack, for descriptions."
  type        = string
}

variable "execution_role_name" {
  description = "Name of the role with which ECS pulls images and opens log streams."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.execution_role_name))
    error_message = "A role name has 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "task_role_name" {
  description = "Name of the role that the containers hold."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.task_role_name))
    error_message = "A role name has 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "path" {
  description = "IAM path of both roles."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.path))
    error_message = "A path starts and ends with a slash."
  }
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds what both roles may ever do, or null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "The permissions boundary is the ARN of an IAM policy."
  }
}

variable "config_bucket_arn" {
  description = "ARN of the bucket that keeps the expectations."
  type        = string
}

variable "expectations_key" {
  description = "Key of the only object that the tasks may read."
  type        = string
}

variable "log_group_arns" {
  description = "ARNs of the log groups of the containers, without a trailing \":*\"."
  type        = list(string)

  validation {
    condition     = length(var.log_group_arns) > 0 && alltrue([for arn in var.log_group_arns : can(regex("^arn:[^:]+:logs:[^:]+:[0-9]{12}:log-group:[^:*]+$", arn))])
    error_message = "At least one log group; each is the ARN of a log group without a trailing \":*\"."
  }
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
